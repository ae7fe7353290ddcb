/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.recipes;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.jdbc.JdbcMutationPipeline;
import org.occ4j.jdbc.OccDatabase;
import org.occ4j.jdbc.SqlEdit;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationResult;
import org.springframework.jdbc.core.JdbcTemplate;

/** A row of the application's own for each mutation, with the version that it made. */
class AuditRowTest {

  /** The recipe. */
  private static MutationResult<String> audited(
      JdbcMutationPipeline<String, String> pipeline, Mutation<String, String> mutation)
      throws InterruptedException {
    SqlEdit<String, String> audited =
        SqlEdit.of(mutation)
            .andThen(
                (key, before, after, transaction) -> {
                  // Of a deletion the version that it deleted; null and null: there was nothing.
                  var told = after == null ? before : after;
                  insertAudit(transaction, key, told == null ? 0 : told.version());
                });
    return pipeline.apply(mutation, audited);
  }

  private static void insertAudit(Connection transaction, String key, long version)
      throws SQLException {
    String sql = "INSERT INTO audit (task, version) VALUES (?, ?)";
    try (PreparedStatement insert = transaction.prepareStatement(sql)) {
      insert.setString(1, key);
      insert.setLong(2, version);
      insert.executeUpdate();
    }
  }

  private static Mutation<String, String> mutation(Expected expected, Edit<String> edit) {
    MutationId id = new MutationId(new Scope("acme", "ana", "task.rename"), UUID.randomUUID());
    return Mutation.of(id, "1", expected, edit).build();
  }

  @Test
  void auditRow_isThereOnceForWhatWasAppliedAndNeverElse() throws Exception {
    try (HikariDataSource pool = Databases.pool();
        OccDatabase db = OccDatabase.builder(pool).createSchema().open()) {
      try (Connection connection = pool.getConnection();
          Statement statement = connection.createStatement()) {
        statement.execute("CREATE TABLE audit (task VARCHAR(40), version BIGINT)");
      }
      var tasks = db.store("task", KeyCodec.strings(), Codec.strings());
      var pipeline = db.pipeline(tasks, Codec.strings()).build();

      Mutation<String, String> create = mutation(Expected.absent(), Edit.set("Tidy"));
      long first = audited(pipeline, create).orThrow().version();
      assertThat(audited(pipeline, create)).isInstanceOf(MutationResult.Applied.class);
      Mutation<String, String> again = mutation(Expected.absent(), Edit.set("Late"));
      assertThat(audited(pipeline, again)).isInstanceOf(MutationResult.Conflicted.class);
      audited(pipeline, mutation(Expected.version(first), Edit.delete())).orThrow();

      List<Long> versions =
          new JdbcTemplate(pool).queryForList("SELECT version FROM audit", Long.class);
      assertThat(versions).containsExactly(first, first);
    }
  }
}
