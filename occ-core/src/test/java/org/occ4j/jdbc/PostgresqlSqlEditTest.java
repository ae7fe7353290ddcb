/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Statement;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.occ4j.DataRejectedException;
import org.occ4j.Expected;
import org.occ4j.testkit.Engine;

@Tag(Engine.POSTGRESQL_TAG)
class PostgresqlSqlEditTest extends SqlEditContract {
  PostgresqlSqlEditTest() {
    super(Engine.POSTGRESQL);
  }

  @Override
  List<String> commits() {
    return List.of("COMMIT");
  }

  @Test
  void apply_rowOfTheEditIsRefusedAtTheCommit_isRefusedData() throws Exception {
    database.execute(
        "CREATE TABLE once (id INT UNIQUE DEFERRABLE INITIALLY DEFERRED)",
        "INSERT INTO once VALUES (1)");
    try {
      for (Expected expected : List.of(Expected.any(), Expected.absent(), Expected.present())) {
        if (expected == Expected.present()) {
          store(here).put("a", "0", Expected.absent()).orThrow();
        }
        AtomicInteger runs = new AtomicInteger();
        assertThatThrownBy(
                () ->
                    pipeline(here)
                        .apply(
                            mutation(expected),
                            (key, before, transaction) -> {
                              runs.incrementAndGet();
                              try (Statement statement = transaction.createStatement()) {
                                statement.execute("INSERT INTO once VALUES (1)");
                              }
                              return "new";
                            }))
            .isInstanceOfSatisfying(
                DataRejectedException.class,
                refused -> assertThat(refused.constraint()).isEqualTo("once_id_key"));
        assertThat(runs.get()).isLessThanOrEqualTo(2);
        assertThat(rows("occ_mutation")).isZero();
      }
      assertThat(number("SELECT COUNT(*) FROM once")).isEqualTo(1);
    } finally {
      database.execute("DROP TABLE once");
    }
  }
}
