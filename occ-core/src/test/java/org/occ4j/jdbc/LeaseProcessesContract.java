/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.occ4j.testkit.Patience.await;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.LeaseLostException;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.jdbc.internal.SqlErrors;
import org.occ4j.jdbc.internal.lease.LeaseOptions;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationResult;
import org.occ4j.mutex.Hold;
import org.occ4j.mutex.KeyedMutex;
import org.occ4j.testkit.ChildJvm;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.Running;
import org.occ4j.testkit.TestDatabase;
import org.occ4j.testkit.TimeSensitive;

/** Processes of their own: two that contend, one that is paused past its lease, one that dies. */
@TimeSensitive
@Timeout(300)
abstract class LeaseProcessesContract {
  private static final String KEY = "task:42";
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final Duration BRIEF = Duration.ofSeconds(2);
  private static final int PROCESSES = 2;
  private static final int THREADS = 2;
  private static final int TURNS = 40;

  private final Engine engine;
  private TestDatabase database;

  LeaseProcessesContract(Engine engine) {
    this.engine = engine;
  }

  @BeforeEach
  void createTables() throws SQLException {
    database = engine.server().newDatabase();
    OccDatabase.builder(database.dataSource()).createSchema().open().close();
    database.execute(
        "CREATE TABLE probe (inside INT NOT NULL, turns INT NOT NULL, token BIGINT NOT NULL)",
        "INSERT INTO probe VALUES (0, 0, 0)",
        "CREATE TABLE doc (author VARCHAR(20) NOT NULL, fence BIGINT NOT NULL)",
        "INSERT INTO doc VALUES ('nobody', 0)");
  }

  private ChildJvm start(Class<?> main, String mode, String timeZone) {
    return ChildJvm.start(
        List.of("-Duser.timezone=" + timeZone),
        main,
        database.engine().name(),
        database.jdbcUrl(),
        database.user(),
        database.password(),
        mode);
  }

  // Two that contend

  @Test
  void twoProcesses_contendForOneKey_neverBothInside() throws Exception {
    assertThat(violations("leases")).isZero();
    assertThat(number("SELECT turns FROM probe")).isEqualTo(PROCESSES * THREADS * TURNS);
    assertThat(number("SELECT inside FROM probe")).isZero();
  }

  /** Turns that end at the border of the process must be caught, or the test above says nothing. */
  @Test
  void brokenTwin_thatIgnoresTheLease_isCaught() throws Exception {
    assertThat(violations("no leases")).isPositive();
  }

  private int violations(String mode) throws Exception {
    try (ChildJvm east = start(Contender.class, mode, "Asia/Tokyo");
        ChildJvm west = start(Contender.class, mode, "America/Los_Angeles")) {
      List<ChildJvm> children = List.of(east, west);
      for (ChildJvm child : children) {
        child.awaitPoint(Contender.READY);
      }
      children.forEach(ChildJvm::proceed);
      int violations = 0;
      for (ChildJvm child : children) {
        assertThat(child.awaitExit()).as("%s", child.output()).isZero();
        violations += reported(child);
      }
      return violations;
    }
  }

  private static int reported(ChildJvm child) {
    return child.output().stream()
        .filter(line -> line.startsWith(Contender.VIOLATIONS))
        .mapToInt(line -> Integer.parseInt(line.substring(Contender.VIOLATIONS.length())))
        .findFirst()
        .orElseThrow();
  }

  private int number(String query) throws SQLException {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      row.next();
      return row.getInt(1);
    }
  }

  // One that is paused, one that dies

  @Test
  void process_pausedPastItsLease_cannotWriteAndIsTold() throws Exception {
    try (ChildJvm paused = start(Holder.class, "", "UTC");
        OccDatabase here = OccDatabase.open(database.dataSource())) {
      paused.awaitPoint(Holder.HELD);
      paused.pause();
      try (Hold<String> hold = here.mutex("orders").acquire(KEY, LONG);
          Connection transaction = database.connect()) {
        transaction.setAutoCommit(false);
        here.mutex("orders").guard(transaction, hold);
        assertThat(write(transaction, "here", hold.fencingToken())).isTrue();
        transaction.commit();
        paused.resume();
        paused.proceed(Holder.HELD);
        assertThat(paused.awaitExit()).as("%s", paused.output()).isZero();
        assertThat(hold.isValid()).isTrue();
      }
      assertThat(paused.output()).contains("guard refused", "token refused", "invalid");
      assertThat(paused.output()).containsAnyOf("told EXPIRED", "told STOLEN", "told UNREACHABLE");
      // What the guard and the token are for: without either the late write goes through.
      assertThat(number("SELECT COUNT(*) FROM doc WHERE author = 'unguarded'")).isEqualTo(1);
      assertThat(number("SELECT COUNT(*) FROM doc WHERE author = 'here'")).isEqualTo(1);
    }
  }

  @Test
  void process_killedMidHold_keyIsFreeAfterItsLease() throws Exception {
    try (ChildJvm dies = start(Holder.class, "", "UTC");
        OccDatabase here = OccDatabase.open(database.dataSource())) {
      JdbcKeyedMutex<String> mutex = here.mutex("orders");
      dies.awaitPoint(Holder.HELD);
      Running<Hold<String>> waiter = Running.start(() -> mutex.acquire(KEY));
      await().until(() -> mutex.queueLength(KEY) == 1);
      dies.kill();
      waiter.result().close();
    }
  }

  /** With the default lease and the default patience, both shortened in proportion. */
  @Test
  void process_killedInItsTurn_mutationsOfOtherNodesOutliveIt() throws Exception {
    Duration patience =
        JdbcPipelineBuilder.DEFAULT_TURN_TIMEOUT
            .multipliedBy(BRIEF.toMillis())
            .dividedBy(LeaseOptions.DEFAULT.length().toMillis());
    try (ChildJvm dies = start(Holder.class, "", "UTC");
        OccDatabase here = OccDatabase.open(database.dataSource())) {
      JdbcVersionedStore<String, String> tasks =
          here.store("task", KeyCodec.strings(), Codec.strings());
      JdbcMutationPipeline<String, String> pipeline =
          here.pipeline(tasks, Codec.strings())
              .mutex(here.mutex("orders").lease(BRIEF))
              .turnTimeout(patience)
              .build();
      Mutation<String, String> mutation =
          Mutation.of(
                  MutationId.parse(new Scope("t", "p", "put"), UUID.randomUUID().toString()),
                  "42",
                  Expected.any(),
                  Edit.set("written"))
              .build();
      assertThat(mutation.lockKeyIn(tasks)).isEqualTo(KEY);
      dies.awaitPoint(Holder.HELD);
      dies.kill();
      assertThat(pipeline.apply(mutation)).isInstanceOf(MutationResult.Applied.class);
    }
  }

  /** Writes unless a greater token was there before; what another resource would have to do. */
  private static boolean write(Connection connection, String author, long token)
      throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE doc SET author = ?, fence = ? WHERE author <> 'unguarded' AND fence <= ?")) {
      update.setString(1, author);
      update.setLong(2, token);
      update.setLong(3, token);
      return update.executeUpdate() == 1;
    }
  }

  private static TestDatabase given(String[] arguments) {
    return new TestDatabase(Engine.valueOf(arguments[0]), arguments[1], arguments[2], arguments[3]);
  }

  /** Takes many turns, and looks in each whether somebody else is inside. */
  static final class Contender {
    static final String READY = "ready";
    static final String VIOLATIONS = "violations: ";

    private Contender() {}

    public static void main(String[] arguments) throws Exception {
      TestDatabase database = given(arguments);
      try (HikariDataSource pool = database.pool(2 * THREADS);
          OccDatabase node = OccDatabase.open(pool)) {
        KeyedMutex<String> mutex =
            arguments[4].equals("leases") ? node.mutex("orders") : KeyedMutex.inMemory();
        ChildJvm.reached(READY);
        List<Running<Integer>> threads = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
          threads.add(Running.start(() -> turns(mutex, pool)));
        }
        int violations = 0;
        for (Running<Integer> thread : threads) {
          violations += thread.result();
        }
        System.out.println(VIOLATIONS + violations);
      }
    }

    private static int turns(KeyedMutex<String> mutex, HikariDataSource pool) throws Exception {
      int violations = 0;
      for (int i = 0; i < TURNS; i++) {
        try (Hold<String> hold = mutex.acquire(KEY)) {
          violations += look(pool, hold.fencingToken()) ? 0 : 1;
        }
      }
      return violations;
    }

    /**
     * Each statement is a transaction of its own, so those who are inside see each other; or in a
     * cluster one ends the other's.
     */
    private static boolean look(HikariDataSource pool, long token) throws SQLException {
      try (Connection connection = pool.getConnection();
          Statement statement = connection.createStatement()) {
        statement.execute("UPDATE probe SET inside = inside + 1, turns = turns + 1");
        boolean alone;
        try (ResultSet row =
            statement.executeQuery("SELECT inside = 1 AND token < " + token + " FROM probe")) {
          row.next();
          alone = row.getBoolean(1);
        }
        statement.execute("UPDATE probe SET inside = inside - 1, token = " + token);
        return alone;
      } catch (SQLException error) {
        if (SqlErrors.meaningOf(error) == SqlErrors.Meaning.TRANSACTION_DEAD) {
          return false;
        }
        throw error;
      }
    }
  }

  /** Takes the key, stops, and goes on as if nothing had happened. */
  static final class Holder {
    static final String HELD = "held";

    private Holder() {}

    public static void main(String[] arguments) throws Exception {
      TestDatabase database = given(arguments);
      CountDownLatch told = new CountDownLatch(1);
      try (OccDatabase node = OccDatabase.open(database.dataSource());
          Connection transaction = database.connect()) {
        JdbcKeyedMutex<String> mutex = node.mutex("orders");
        Hold<String> hold = mutex.acquire(KEY, LONG, BRIEF);
        hold.onLost(
            reason -> {
              System.out.println("told " + reason);
              told.countDown();
            });
        ChildJvm.reached(HELD);
        transaction.setAutoCommit(false);
        try {
          mutex.guard(transaction, hold);
        } catch (LeaseLostException lost) {
          System.out.println("guard refused");
        }
        if (!write(transaction, "late", hold.fencingToken())) {
          System.out.println("token refused");
        }
        try (Statement statement = transaction.createStatement()) {
          statement.execute("INSERT INTO doc VALUES ('unguarded', 0)");
        }
        transaction.commit();
        System.out.println(hold.isValid() ? "valid" : "invalid");
        if (!told.await(LONG.toSeconds(), TimeUnit.SECONDS)) {
          System.out.println("never told");
        }
      }
    }
  }
}
