/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.recipes.spring;

import io.micrometer.core.instrument.binder.MeterBinder;
import javax.sql.DataSource;
import org.occ4j.Codec;
import org.occ4j.jdbc.JdbcMutationPipeline;
import org.occ4j.jdbc.JdbcVersionedStore;
import org.occ4j.jdbc.OccDatabase;
import org.occ4j.micrometer.OccMetrics;
import org.springframework.boot.sql.init.dependency.DependsOnDatabaseInitialization;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * The beans of the library. Spring closes {@link OccDatabase} before the data source, because it
 * depends on it, and after the web server has finished its requests ({@code server.shutdown}).
 */
@Configuration
class OccConfiguration {

  /**
   * Over the plain data source, never over a proxy that hands out Spring's transaction; and after
   * Flyway, Liquibase or schema.sql has made the tables, which Spring does not know to be needed.
   */
  @Bean
  @DependsOnDatabaseInitialization
  OccDatabase occDatabase(DataSource dataSource) {
    return OccDatabase.open(dataSource);
  }

  @Bean
  JdbcVersionedStore<String, Task> tasks(OccDatabase db) {
    return db.store(Task.MAPPING).recordChanges(true);
  }

  @Bean
  JdbcMutationPipeline<String, Task> pipeline(
      OccDatabase db, JdbcVersionedStore<String, Task> tasks, Codec<Task> taskCodec) {
    return db.pipeline(tasks, taskCodec).build();
  }

  /** Actuator binds it to its registry. */
  @Bean
  MeterBinder occMetrics(OccDatabase db) {
    return new OccMetrics(db);
  }

  @Bean
  Codec<Task> taskCodec() {
    return Task.CODEC;
  }
}
