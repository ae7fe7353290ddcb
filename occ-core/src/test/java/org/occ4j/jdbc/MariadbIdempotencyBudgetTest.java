/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.occ4j.testkit.Patience.await;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.occ4j.MutationId;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.idempotency.InFlightPolicy;
import org.occ4j.idempotency.Outcome;
import org.occ4j.testkit.Counting;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.Running;
import org.occ4j.testkit.WireProxy;

@Tag(Engine.MARIADB_TAG)
class MariadbIdempotencyBudgetTest extends IdempotencyBudgetContract {
  private static final int DUPLICATES = 8;
  private static final Duration LONG = Duration.ofSeconds(60);

  MariadbIdempotencyBudgetTest() {
    super(Engine.MARIADB);
  }

  @Override
  String lockWaitOfOneSecond() {
    return "SET SESSION innodb_lock_wait_timeout = 1";
  }

  @Test
  void waitingDuplicates_holderRollsBack_noneDiesOfADeadlock() throws Exception {
    MutationId id = id();
    IdempotencyOptions<String> patient =
        HOW.toBuilder().onInFlight(InFlightPolicy.waitUpTo(LONG)).build();
    long before = deadlocks();
    List<OccDatabase> nodes = new ArrayList<>();
    List<Running<Outcome<String>>> duplicates = new ArrayList<>();
    try (WireProxy proxy = WireProxy.before(database);
        Counting count = proxy.counting();
        OccDatabase holders = OccDatabase.open(database.dataSource());
        Connection holder = database.connect()) {
      holder.setAutoCommit(false);
      holders.idempotency().joinTransaction(holder, id, patient, (t, context) -> write(t));
      // Two threads of each node: what a process coalesces, and what the engine has to bear.
      for (int i = 0; i < DUPLICATES; i++) {
        OccDatabase node = OccDatabase.open(database.through(proxy).dataSource());
        nodes.add(node);
        for (int thread = 0; thread < 2; thread++) {
          duplicates.add(
              Running.start(
                  () ->
                      node.idempotency()
                          .executeInTransaction(id, patient, (t, context) -> write(t))));
        }
      }
      await()
          .atMost(LONG)
          .until(
              () ->
                  count.statements().stream().filter(sql -> sql.contains("NOT ATOMIC")).count()
                      >= 2 * DUPLICATES);
      holder.rollback();
      List<Outcome<String>> outcomes = new ArrayList<>();
      for (Running<Outcome<String>> duplicate : duplicates) {
        outcomes.add(duplicate.result());
      }
      assertThat(outcomes).filteredOn(Outcome.Executed.class::isInstance).hasSize(1);
      assertThat(outcomes)
          .filteredOn(Outcome.Replayed.class::isInstance)
          .hasSize(2 * DUPLICATES - 1);
    } finally {
      nodes.forEach(OccDatabase::close);
    }
    assertThat(deadlocks()).isEqualTo(before);
  }

  /** The twin: duplicates that wait inside the database, as an insert does. */
  @Test
  void waitingInserts_holderRollsBack_dieOfADeadlock() throws Exception {
    database.execute("CREATE TABLE naive (id INT NOT NULL PRIMARY KEY)");
    long before = deadlocks();
    List<Running<Integer>> duplicates = new ArrayList<>();
    try (Connection holder = database.connect()) {
      holder.setAutoCommit(false);
      insertNaive(holder);
      for (int i = 0; i < 3; i++) {
        duplicates.add(
            Running.start(
                () -> {
                  try (Connection duplicate = database.connect()) {
                    return insertNaive(duplicate);
                  } catch (SQLException refused) {
                    return 0;
                  }
                }));
      }
      await().atMost(LONG).until(() -> number(Sql.waitingSessions(Engine.MARIADB)) == 3);
      holder.rollback();
      int inserted = 0;
      for (Running<Integer> duplicate : duplicates) {
        inserted += duplicate.result();
      }
      assertThat(inserted).isOne();
    }
    assertThat(deadlocks()).isGreaterThan(before);
  }

  private static int insertNaive(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      return statement.executeUpdate("INSERT INTO naive VALUES (1)");
    }
  }

  private long deadlocks() throws SQLException {
    return number(
        "SELECT variable_value FROM information_schema.global_status"
            + " WHERE variable_name = 'INNODB_DEADLOCKS'");
  }

  private long number(String query) throws SQLException {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      assertThat(row.next()).isTrue();
      return row.getLong(1);
    }
  }
}
