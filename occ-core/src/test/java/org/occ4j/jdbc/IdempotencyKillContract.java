/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.occ4j.Codec;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.idempotency.InFlightPolicy;
import org.occ4j.idempotency.Outcome;
import org.occ4j.testkit.ChildJvm;
import org.occ4j.testkit.Counting;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.PlannedFault;
import org.occ4j.testkit.TestDatabase;
import org.occ4j.testkit.WireProxy;

/**
 * The process is killed, and the connection cut, at each statement of a mutation and at its commit:
 * the retry ends with one effect and one answer.
 */
abstract class IdempotencyKillContract {
  private static final Scope SCOPE = new Scope("acme", "ada", "note.add");
  private static final IdempotencyOptions<String> HOW =
      IdempotencyOptions.builder(Codec.strings())
          // A server may take a moment to notice that a client is dead.
          .onInFlight(InFlightPolicy.waitUpTo(Duration.ofSeconds(60)))
          .build();

  /** A mutation has a few statements; this many stops would mean that it never ends. */
  private static final int MORE_THAN_ENOUGH = 30;

  /** Look, effect, answer, and before and after the commit. */
  private static final int LEAST_STOPS = 5;

  private final TestDatabase database;

  IdempotencyKillContract(Engine engine) {
    this.database = engine.server().newDatabase();
  }

  @BeforeEach
  void createTables() throws SQLException {
    OccDatabase.builder(database.dataSource()).createSchema().open().close();
    // No key: a second effect would not be stopped by the database, but counted here.
    database.execute("CREATE TABLE audit (mutation VARCHAR(36) NOT NULL)");
  }

  @Test
  void executeInTransaction_processKilledAtEachStatement_retryEndsWithOneEffect() throws Exception {
    int stops = 0;
    boolean finished = false;
    while (!finished) {
      assertThat(++stops).isLessThan(MORE_THAN_ENOUGH);
      String id = UUID.randomUUID().toString();
      finished = killAt(stops, id);
      requireOneEffect(id);
    }
    // Fewer would mean that the stops are no longer where the statements are.
    assertThat(stops).isGreaterThan(LEAST_STOPS);
  }

  /** Kills a mutation at this stop; says whether it had ended before. */
  private boolean killAt(int stop, String id) throws Exception {
    try (ChildJvm child =
        ChildJvm.start(
            Mutator.class,
            database.engine().name(),
            database.jdbcUrl(),
            database.user(),
            database.password(),
            id,
            Integer.toString(stop))) {
      child.awaitPoint(StoppingDataSource.STOPPED);
      boolean finished = child.output().contains(Mutator.FINISHED);
      child.kill();
      child.awaitExit();
      return finished;
    }
  }

  @Test
  void executeInTransaction_requestLostAtEachStatement_retryEndsWithOneEffect() throws Exception {
    int statements = statements();
    assertThat(statements).isGreaterThan(LEAST_STOPS - 2);
    for (int nth = 1; nth <= statements; nth++) {
      breakAt(nth, true);
    }
  }

  @Test
  void executeInTransaction_answerLostAtEachStatement_retryEndsWithOneEffect() throws Exception {
    int statements = statements();
    for (int nth = 1; nth <= statements; nth++) {
      breakAt(nth, false);
    }
  }

  /** How many statements a mutation sends. */
  private int statements() throws Exception {
    try (WireProxy proxy = WireProxy.before(database);
        HikariDataSource pool = database.through(proxy).silentPool(1);
        OccDatabase node = OccDatabase.open(pool);
        Counting count = proxy.counting()) {
      execute(node, UUID.randomUUID().toString());
      return count.statements().size();
    }
  }

  private void breakAt(int nth, boolean request) throws Exception {
    String id = UUID.randomUUID().toString();
    try (WireProxy proxy = WireProxy.before(database);
        HikariDataSource pool = database.through(proxy).silentPool(1);
        OccDatabase node = OccDatabase.open(pool)) {
      PlannedFault fault = request ? proxy.dropRequest(nth) : proxy.dropAnswerTo(nth);
      try {
        execute(node, id);
      } catch (RuntimeException | SQLException broken) {
        // What is known now differs; that one effect comes of it does not.
      }
      assertThat(fault.happened()).as("fault at statement %s", nth).isTrue();
    }
    requireOneEffect(id);
  }

  private void requireOneEffect(String id) throws Exception {
    try (OccDatabase node = OccDatabase.open(database.dataSource())) {
      Outcome<String> retried = execute(node, id);
      String answer =
          retried instanceof Outcome.Executed<String> executed
              ? executed.value()
              : ((Outcome.Replayed<String>) retried).value();
      assertThat(execute(node, id))
          .isInstanceOfSatisfying(
              Outcome.Replayed.class, again -> assertThat(again.value()).isEqualTo(answer));
    }
    try (Connection connection = database.connect();
        PreparedStatement count =
            connection.prepareStatement("SELECT COUNT(*) FROM audit WHERE mutation = ?")) {
      count.setString(1, id);
      try (ResultSet row = count.executeQuery()) {
        assertThat(row.next()).isTrue();
        assertThat(row.getInt(1)).as("effects of %s", id).isOne();
      }
    }
  }

  private static Outcome<String> execute(OccDatabase node, String id) throws Exception {
    return node.idempotency()
        .executeInTransaction(
            MutationId.parse(SCOPE, id),
            HOW,
            (transaction, context) -> {
              try (PreparedStatement insert =
                  transaction.prepareStatement("INSERT INTO audit VALUES (?)")) {
                insert.setString(1, id);
                insert.executeUpdate();
              }
              return "answer " + UUID.randomUUID();
            });
  }

  /** The process that is killed. */
  static final class Mutator {
    static final String FINISHED = "the mutation has ended";

    private Mutator() {}

    public static void main(String[] arguments) throws Exception {
      TestDatabase database =
          new TestDatabase(Engine.valueOf(arguments[0]), arguments[1], arguments[2], arguments[3]);
      StoppingDataSource stopping = new StoppingDataSource(database.dataSource());
      try (OccDatabase node = OccDatabase.open(stopping.dataSource())) {
        stopping.stopAt(Integer.parseInt(arguments[5]));
        execute(node, arguments[4]);
      }
      System.out.println(FINISHED);
      ChildJvm.reached(StoppingDataSource.STOPPED);
    }
  }
}
