/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.Versioned;
import org.occ4j.jdbc.OccDatabase;
import org.occ4j.store.VersionedStore;
import org.occ4j.store.WriteResult;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.RecordingFollower;
import org.occ4j.testkit.TestDatabase;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** The example of docs/spring.md does what is said there. */
abstract class SpringTransactionContract {
  private final RecordingFollower follower = new RecordingFollower();
  private final TestDatabase database;
  private HikariDataSource pool;
  private OccDatabase db;
  private VersionedStore<String, String> titles;
  private SpringTasks tasks;
  private TransactionTemplate transactions;

  SpringTransactionContract(Engine engine) {
    this.database = engine.server().newDatabase();
  }

  @BeforeEach
  void open() throws SQLException {
    pool = database.pool(3);
    db = OccDatabase.builder(pool).createSchema().open();
    titles = db.store("task", KeyCodec.strings(), Codec.strings());
    tasks = new SpringTasks(db, pool);
    transactions = new TransactionTemplate(new JdbcTransactionManager(pool));
    database.execute("CREATE TABLE audit (text VARCHAR(100))");
    db.changes().followDirectly(follower);
  }

  @AfterEach
  void close() {
    db.close();
    pool.close();
  }

  private WriteResult<String> rename(String title, Expected expected, boolean rollBack) {
    return transactions.execute(
        status -> {
          if (rollBack) {
            status.setRollbackOnly();
          }
          try {
            return tasks.rename("42", title, expected);
          } catch (SQLException broken) {
            throw new AssertionError(broken);
          }
        });
  }

  private List<String> audit() {
    return new JdbcTemplate(pool).queryForList("SELECT text FROM audit", String.class);
  }

  @Test
  void rename_committed_isOneWithTheRowsOfTheApplicationAndToldAtOnce() {
    Versioned<String> before = titles.put("42", "Ship", Expected.absent()).orThrow();
    WriteResult<String> result = rename("Ship it", Expected.version(before.version()), false);
    assertThat(titles.get("42")).contains(result.orThrow());
    assertThat(audit()).containsExactly("renamed");
    assertThat(follower.keys()).containsExactly("42");
  }

  @Test
  void rename_rolledBack_leavesNothing() {
    Versioned<String> before = titles.put("42", "Ship", Expected.absent()).orThrow();
    assertThat(rename("Ship it", Expected.present(), true).isApplied()).isTrue();
    assertThat(titles.get("42")).contains(before);
    assertThat(audit()).isEmpty();
    assertThat(follower.keys()).isEmpty();
  }

  @Test
  void rename_conflict_tellsWhatIsThereAndLeavesTheTransactionUsable() {
    Versioned<String> before = titles.put("42", "Ship", Expected.absent()).orThrow();
    assertThat(rename("Ship it", Expected.absent(), false))
        .isEqualTo(new WriteResult.Conflict<>(Expected.absent(), before));
    assertThat(audit()).containsExactly("refused");
    assertThat(titles.get("42")).contains(before);
  }

  @Test
  void rename_outsideATransaction_isRefused() {
    assertThatThrownBy(() -> tasks.rename("42", "Ship it", Expected.any()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("auto-commit");
    assertThat(titles.get("42")).isEmpty();
    assertThat(pool.getHikariPoolMXBean().getActiveConnections()).isZero();
  }
}
