/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.occ4j.testkit.Patience.await;

import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntFunction;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.occ4j.Expected;
import org.occ4j.OccException;
import org.occ4j.OutcomeUnknownException;
import org.occ4j.StoreUnavailableException;
import org.occ4j.testkit.Counting;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.PlannedFault;
import org.occ4j.testkit.Running;
import org.occ4j.testkit.TestDatabase;
import org.occ4j.testkit.WireProxy;

/** Faults of a store whose database is at the other end of a network. */
abstract class StoreWireFaultsContract extends StoreFaultsContract {
  private static final Duration LONG = Duration.ofSeconds(60);

  private WireProxy proxy;
  private OccDatabase node;

  StoreWireFaultsContract(Engine engine) {
    super(engine);
  }

  @BeforeAll
  void openThroughTheProxy() {
    proxy = WireProxy.before(database());
    node = OccDatabase.open(reconnecting(database().through(proxy)));
  }

  @AfterAll
  void closeProxy() {
    node.close();
    proxy.close();
  }

  /** One connection, and a new one when that is broken, so that each statement has its number. */
  private static DataSource reconnecting(TestDatabase database) {
    Connection[] last = new Connection[1];
    return (DataSource)
        Proxy.newProxyInstance(
            StoreWireFaultsContract.class.getClassLoader(),
            new Class<?>[] {DataSource.class},
            (source, method, arguments) -> {
              if (last[0] == null || last[0].isClosed()) {
                last[0] = database.connect();
              }
              return FaultyDataSource.poolOf(last[0]).getConnection();
            });
  }

  private JdbcVersionedStore<String, String> store(boolean recorded) {
    return store(node).recordChanges(recorded);
  }

  @ParameterizedTest
  @MethodSource("operations")
  void write_answerLostAtEachStatement_isDoneAndUnknownOrSurelyNotDone(
      Operation operation, boolean recorded) throws Exception {
    breakAtEach(operation, recorded, proxy::dropAnswerTo, operation.after(recorded));
  }

  @ParameterizedTest
  @MethodSource("operations")
  void write_requestLostAtEachStatement_isNotDone(Operation operation, boolean recorded)
      throws Exception {
    breakAtEach(operation, recorded, proxy::dropRequest, BEFORE);
  }

  /**
   * Breaks the connection at each statement.
   *
   * @param decisive what is there after a fault at the statement that decides
   */
  private void breakAtEach(
      Operation operation, boolean recorded, IntFunction<PlannedFault> fault, State decisive)
      throws Exception {
    List<Phase> phases = phases(operation, recorded);
    for (int nth = 1; nth <= phases.size(); nth++) {
      reset();
      PlannedFault planned = fault.apply(nth);
      OccException failure = failureOf(operation, store(recorded));
      String where = "fault at statement " + nth + " of " + phases;
      assertThat(planned.happened()).as(where).isTrue();
      Phase phase = phases.get(nth - 1);
      if (phase.failure == null) {
        assertThat(failure).as(where).isNull();
      } else {
        assertThat(failure).as(where).isExactlyInstanceOf(phase.failure);
      }
      State expected =
          switch (phase) {
            case READ, BEFORE_COMMIT, MISSING_WRITE -> BEFORE;
            case DECISIVE -> decisive;
            case AFTER_COMMIT -> operation.after(recorded);
          };
      assertThat(state()).as(where).isEqualTo(expected);
      assertWorks(operation, store(true));
    }
  }

  /** In which phase of the write a statement is, and what its loss is to be reported as. */
  private enum Phase {
    READ(StoreUnavailableException.class),
    BEFORE_COMMIT(StoreUnavailableException.class),
    /** In auto-commit, and it finds nothing to change; but nobody knows before its answer. */
    MISSING_WRITE(OutcomeUnknownException.class),
    DECISIVE(OutcomeUnknownException.class),
    AFTER_COMMIT(null);

    private final @Nullable Class<? extends OccException> failure;

    Phase(@Nullable Class<? extends OccException> failure) {
      this.failure = failure;
    }
  }

  private List<Phase> phases(Operation operation, boolean recorded) throws SQLException {
    List<String> statements = statements(operation, recorded);
    int commit = statements.indexOf("commit");
    List<Phase> phases = new ArrayList<>();
    for (int i = 0; i < statements.size(); i++) {
      phases.add(commit < 0 ? alone(operation, i, statements.size()) : around(commit, i));
    }
    return phases;
  }

  private static Phase alone(Operation operation, int at, int statements) {
    if (at == statements - 1) {
      return Phase.DECISIVE;
    }
    return operation.name().equals("update") ? Phase.READ : Phase.MISSING_WRITE;
  }

  private static Phase around(int commit, int at) {
    return at < commit ? Phase.BEFORE_COMMIT : at == commit ? Phase.DECISIVE : Phase.AFTER_COMMIT;
  }

  /** The statements of the write when nothing goes wrong. */
  private List<String> statements(Operation operation, boolean recorded) throws SQLException {
    reset();
    store(recorded).get("a"); // a connection is there
    try (Counting counting = proxy.counting()) {
      operation.run().accept(store(recorded));
      return counting.statements().stream()
          .map(sql -> sql.strip().toLowerCase(Locale.ROOT))
          .toList();
    }
  }

  @ParameterizedTest
  @MethodSource("operations")
  void write_sessionKilledWhileItWaitsForARow_isNotDone(Operation operation, boolean recorded)
      throws Exception {
    store(recorded).get("a"); // a connection is there
    try (Connection rival = database().connect()) {
      rival.setAutoCommit(false);
      JoinedStore<String, String> theirs = observed().joining(rival);
      theirs.put("a", "rival", Expected.any()).orThrow();
      theirs.put("c", "rival", Expected.any()).orThrow();
      Running<OccException> write = Running.start(() -> failureOf(operation, store(recorded)));
      // MariaDB's list of transactions goes stale while it is asked more often.
      await().atMost(LONG).pollInterval(Duration.ofMillis(150)).until(() -> killWaiting() > 0);
      assertThat(write.result())
          .isInstanceOfAny(OutcomeUnknownException.class, StoreUnavailableException.class);
      rival.rollback();
    }
    assertThat(state()).isEqualTo(BEFORE);
    assertWorks(operation, store(true));
  }

  /** Queries of one column: statements that kill a session that waits for a row. */
  abstract String killStatements();

  private int killWaiting() throws SQLException {
    List<String> kills = new ArrayList<>();
    try (Connection connection = database().connect();
        Statement statement = connection.createStatement()) {
      try (ResultSet row = statement.executeQuery(killStatements())) {
        while (row.next()) {
          kills.add(row.getString(1));
        }
      }
      int killed = 0;
      for (String kill : kills) {
        killed += isKilledBy(statement, kill) ? 1 : 0;
      }
      return killed;
    }
  }

  /** False if the list named a session that is gone. */
  private static boolean isKilledBy(Statement statement, String kill) throws SQLException {
    try {
      statement.execute(kill);
      return true;
    } catch (SQLException error) {
      if (error.getErrorCode() == MARIADB_NO_SUCH_THREAD) {
        return false;
      }
      throw error;
    }
  }

  private static final int MARIADB_NO_SUCH_THREAD = 1094;
}
