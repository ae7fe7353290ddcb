/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.recipes.micronaut;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import io.micronaut.context.ApplicationContext;
import java.util.Map;
import java.util.UUID;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.occ4j.Expected;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.jdbc.JdbcMutationPipeline;
import org.occ4j.jdbc.JdbcVersionedStore;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;

class MicronautTest {

  @Test
  @SuppressWarnings("unchecked")
  void context_givesThePipelineOfItsDataSource_andClosesItFirst() throws Exception {
    JdbcVersionedStore<String, String> tasks;
    HikariDataSource pool;
    try (ApplicationContext context =
        ApplicationContext.run(
            Map.of(
                "datasources.default.url",
                "jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1"))) {
      pool = context.getBean(DataSource.class).unwrap(HikariDataSource.class);
      tasks = context.getBean(JdbcVersionedStore.class);
      JdbcMutationPipeline<String, String> pipeline = context.getBean(JdbcMutationPipeline.class);
      MutationId id = new MutationId(new Scope("acme", "ana", "task.create"), UUID.randomUUID());
      Mutation<String, String> create =
          Mutation.of(id, "1", Expected.absent(), Edit.set("Ship")).build();
      pipeline.apply(create).orThrow();
      assertThat(tasks.get("1").orElseThrow().value()).isEqualTo("Ship");
    }
    assertThat(pool.isClosed()).isTrue();
    assertThatThrownBy(() -> tasks.get("1")).isInstanceOf(RuntimeException.class);
  }
}
