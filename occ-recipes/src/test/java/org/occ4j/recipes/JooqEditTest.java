/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.recipes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.table;
import static org.jooq.impl.DSL.using;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.Statement;
import java.util.UUID;
import org.jooq.SQLDialect;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.jdbc.JdbcMutationPipeline;
import org.occ4j.jdbc.JdbcVersionedStore;
import org.occ4j.jdbc.OccDatabase;
import org.occ4j.jdbc.SqlEdit;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationResult;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;

/** Rows of one's own beside a mutation, written by jOOQ or JdbcTemplate. */
class JooqEditTest {
  private final HikariDataSource pool = Databases.pool();
  private OccDatabase db;
  private JdbcVersionedStore<String, String> tasks;
  private JdbcMutationPipeline<String, String> pipeline;

  @BeforeEach
  void open() throws Exception {
    db = OccDatabase.builder(pool).createSchema().open();
    tasks = db.store("task", KeyCodec.strings(), Codec.strings());
    pipeline = db.pipeline(tasks, Codec.strings()).build();
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE audit (task VARCHAR(40), text VARCHAR(100))");
    }
  }

  @AfterEach
  void close() {
    db.close();
    pool.close();
  }

  /** The recipe with jOOQ: what it writes is there exactly if the mutation is applied. */
  private static final SqlEdit<String, String> WITH_JOOQ =
      (key, before, transaction) -> {
        using(transaction, SQLDialect.H2)
            .insertInto(table("audit"), field("task"), field("text"))
            .values(key, "was " + (before == null ? "nothing" : before.value()))
            .execute();
        return "by jOOQ";
      };

  /** The recipe with JdbcTemplate. */
  private static final SqlEdit<String, String> WITH_SPRING =
      (key, before, transaction) -> {
        new JdbcTemplate(new SingleConnectionDataSource(transaction, true))
            .update("INSERT INTO audit VALUES (?, ?)", key, "by Spring");
        return "by Spring";
      };

  private static Mutation<String, String> mutation(Expected expected) {
    MutationId id = new MutationId(new Scope("acme", "ana", "task.rename"), UUID.randomUUID());
    return Mutation.of(id, "1", expected, Edit.set("unused")).build();
  }

  private long audits() {
    Long count = new JdbcTemplate(pool).queryForObject("SELECT COUNT(*) FROM audit", Long.class);
    return count == null ? 0 : count;
  }

  private void assertOnceAndNotInAConflict(SqlEdit<String, String> edit) throws Exception {
    Mutation<String, String> create = mutation(Expected.absent());
    assertThat(pipeline.apply(create, edit)).isInstanceOf(MutationResult.Applied.class);
    assertThat(pipeline.apply(create, edit)).isInstanceOf(MutationResult.Applied.class);
    assertThat(pipeline.apply(mutation(Expected.absent()), edit))
        .isInstanceOf(MutationResult.Conflicted.class);
    assertThat(audits()).isEqualTo(1);
  }

  @Test
  void jooq_writesOnceAndNothingInAConflict() throws Exception {
    assertOnceAndNotInAConflict(WITH_JOOQ);
    assertThat(tasks.get("1").orElseThrow().value()).isEqualTo("by jOOQ");
  }

  @Test
  void jdbcTemplate_writesOnceAndNothingInAConflict() throws Exception {
    assertOnceAndNotInAConflict(WITH_SPRING);
    assertThat(tasks.get("1").orElseThrow().value()).isEqualTo("by Spring");
  }
}
