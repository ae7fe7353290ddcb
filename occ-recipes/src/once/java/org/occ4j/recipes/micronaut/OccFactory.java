/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.recipes.micronaut;

import io.micronaut.context.annotation.Bean;
import io.micronaut.context.annotation.Factory;
import io.micronaut.jdbc.DataSourceResolver;
import jakarta.inject.Singleton;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.occ4j.Codec;
import org.occ4j.KeyCodec;
import org.occ4j.jdbc.JdbcMutationPipeline;
import org.occ4j.jdbc.JdbcVersionedStore;
import org.occ4j.jdbc.OccDatabase;

/** The beans of the library. Micronaut closes them before the data source that they were given. */
@Factory
class OccFactory {

  /** Over the plain data source: with Micronaut Data the bean hands out its transaction. */
  @Singleton
  @Bean(preDestroy = "close")
  OccDatabase occDatabase(DataSource dataSource, @Nullable DataSourceResolver resolver) {
    DataSource plain = resolver == null ? dataSource : resolver.resolve(dataSource);
    return OccDatabase.builder(plain).createSchema().open();
  }

  @Singleton
  JdbcVersionedStore<String, String> tasks(OccDatabase db) {
    return db.store("task", KeyCodec.strings(), Codec.strings());
  }

  @Singleton
  JdbcMutationPipeline<String, String> pipeline(
      OccDatabase db, JdbcVersionedStore<String, String> tasks) {
    return db.pipeline(tasks, Codec.strings()).build();
  }
}
