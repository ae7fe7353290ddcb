/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.TransactionConflictException;
import org.occ4j.Versioned;
import org.occ4j.jdbc.internal.SqlErrors;
import org.occ4j.testkit.DatabaseSmoke;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.Running;
import org.occ4j.testkit.TestDatabase;

/**
 * Tables are altered by another session while the service runs: an index or a column is added or
 * dropped, a column is widened, a trigger is made. Statements are warm in each pooled connection,
 * past the drivers' thresholds for preparing them.
 */
abstract class DdlUnderWayContract {

  /** So many threads, each with a connection of its own. */
  private static final int THREADS = 2;

  private static final int WARM_UP = 3;

  /** More than the attempts of a retry policy. */
  private static final int LARGE_POOL = 16;

  private final Engine engine;
  private final String options;
  private TestDatabase database;
  private TestDatabase withOptions;
  private HikariDataSource tested;
  private HikariDataSource plain;

  /** Connections of the service with these options, which begin with an ampersand. */
  DdlUnderWayContract(Engine engine, String options) {
    this.engine = engine;
    this.options = options;
  }

  /** Gives a column another type: {@code widen("t", "c", "BIGINT", "NOT NULL")}. */
  abstract String widen(String table, String column, String type, String rest);

  /** Lets a session wait for a table no longer than a second. */
  abstract String waitForTablesASecond();

  @BeforeEach
  void open() throws Exception {
    database = engine.server().newDatabase();
    DatabaseSmoke.createTables(database);
    plain = database.pool(2 * THREADS);
    withOptions =
        new TestDatabase(
            engine, database.jdbcUrl() + options, database.user(), database.password());
    tested = withOptions.pool(2 * THREADS);
  }

  @AfterEach
  void close() {
    tested.close();
    plain.close();
  }

  private static List<String> ownTables() {
    List<String> ddl = new ArrayList<>();
    for (String table : List.of("occ_store", "occ_change", "occ_mutation", "occ_mutex")) {
      ddl.add("ALTER TABLE " + table + " ADD COLUMN extra VARCHAR(20)");
      ddl.add("CREATE INDEX " + table + "_extra ON " + table + " (extra)");
    }
    return ddl;
  }

  private List<String> restored() {
    List<String> ddl = new ArrayList<>();
    for (String table : List.of("occ_store", "occ_change", "occ_mutation", "occ_mutex")) {
      ddl.add("ALTER TABLE " + table + " DROP COLUMN extra");
    }
    ddl.add(widen("occ_store", "updated_by", "VARCHAR(300)", ""));
    ddl.add(widen("occ_mutation", "codec", "VARCHAR(300)", ""));
    return ddl;
  }

  private List<String> mappedTables() {
    return List.of(
        "ALTER TABLE smoke_task ADD COLUMN extra VARCHAR(20)",
        "ALTER TABLE smoke_task DROP COLUMN spare",
        widen("smoke_task", "title", "VARCHAR(200)", "NOT NULL"),
        widen("smoke_task", "task_size", "BIGINT", "NOT NULL"),
        widen("smoke_task", "price", "DECIMAL(14, 2)", "NOT NULL"),
        widen("smoke_timed", "note", "VARCHAR(300)", ""),
        "CREATE INDEX smoke_task_title ON smoke_task (title)",
        "ALTER TABLE smoke_timed ADD COLUMN extra VARCHAR(20)");
  }

  @Test
  void rounds_tablesAlteredInBetween_answerRight() throws Exception {
    try (DatabaseSmoke smoke = new DatabaseSmoke(tested, plain)) {
      inEachConnection(smoke, WARM_UP);
      database.execute(ownTables().toArray(String[]::new));
      inEachConnection(smoke, 1);
      database.execute(restored().toArray(String[]::new));
      inEachConnection(smoke, 1);
      for (String ddl : mappedTables()) {
        database.execute(ddl);
      }
      inEachConnection(smoke, 1);
    }
  }

  @Test
  void rounds_triggersMadeInBetween_answerRight() throws Exception {
    try (DatabaseSmoke smoke = new DatabaseSmoke(tested, plain);
        OccDatabase node = OccDatabase.open(plain)) {
      inEachConnection(smoke, 2);
      for (TableMapping<Long, ?> mapping : DatabaseSmoke.mappings()) {
        database.execute(node.foreignWriteTriggers(mapping).toArray(String[]::new));
      }
      inEachConnection(smoke, 2);
    }
  }

  @Test
  void rounds_tablesAlteredMeanwhile_answerRight() throws Exception {
    try (DatabaseSmoke smoke = new DatabaseSmoke(tested, plain)) {
      inEachConnection(smoke, 1);
      Running<Integer> altering =
          Running.start(
              () -> {
                int made = 0;
                for (List<String> step : List.of(ownTables(), mappedTables(), restored())) {
                  for (String ddl : step) {
                    alter(ddl);
                    made++;
                  }
                }
                return made;
              });
      while (!altering.isDone()) {
        inEachConnection(smoke, 1);
      }
      assertThat(altering.result()).isPositive();
      inEachConnection(smoke, 1);
    }
  }

  /**
   * Gives up after a second and tries again, as whoever alters a table in use should: the rounds
   * read through a second connection while a transaction of theirs is open, that read waits behind
   * the {@code ALTER}, and the {@code ALTER} for the transaction, which no database sees as a
   * deadlock.
   */
  private void alter(String ddl) throws Exception {
    for (int tries = 1; ; tries++) {
      try {
        database.execute(waitForTablesASecond(), ddl);
        return;
      } catch (SQLException busy) {
        boolean waits = SqlErrors.meaningOf(busy) == SqlErrors.Meaning.BUSY;
        boolean dead = SqlErrors.meaningOf(busy) == SqlErrors.Meaning.TRANSACTION_DEAD;
        if (tries == 20 || !(waits || dead)) {
          throw busy;
        }
      }
    }
  }

  @Test
  void joining_columnWidenedAfterTheTransactionBegan_isDoneOrToldAsWorthRepeating()
      throws Exception {
    try (OccDatabase node = OccDatabase.open(tested);
        Connection transaction = withOptions.connect()) { // a pool might close it after the error
      JdbcVersionedStore<String, String> store =
          node.store("joined", KeyCodec.strings(), Codec.strings());
      store.put("a", "0", Expected.absent()).orThrow();
      transaction.setAutoCommit(false);
      for (int i = 0; i < 8; i++) {
        assertThat(store.joining(transaction).put("a", "x", Expected.absent()).isApplied())
            .isFalse();
        store.joining(transaction).put("a", "w" + i, Expected.present()).orThrow();
        store.joining(transaction).get("a");
        transaction.commit();
      }
      Sql.text(transaction, "SELECT COUNT(*) FROM smoke_audit"); // the snapshot of some engines
      Versioned<String> before = store.get("a").orElseThrow();
      database.execute(widen("occ_store", "updated_by", "VARCHAR(400)", ""));
      boolean told = false;
      try {
        store.joining(transaction).by("ann").put("a", "new", Expected.present()).orThrow();
        transaction.commit();
      } catch (TransactionConflictException repeat) {
        told = true;
        transaction.rollback();
        assertThat(store.get("a")).contains(before);
        store.joining(transaction).by("ann").put("a", "new", Expected.present()).orThrow();
        transaction.commit();
      }
      assertThat(store.get("a").orElseThrow().value()).as("told: %s", told).isEqualTo("new");
      transaction.setAutoCommit(true);
    }
  }

  @Test
  void writes_everyPooledConnectionHasAnOutdatedPlan_areDone() throws Exception {
    try (HikariDataSource large = withOptions.pool(LARGE_POOL);
        OccDatabase node = OccDatabase.open(large)) {
      JdbcVersionedStore<String, String> store =
          node.store("large", KeyCodec.strings(), Codec.strings());
      store.put("a", "0", Expected.absent()).orThrow();
      List<Connection> warm = new ArrayList<>();
      for (int i = 0; i < LARGE_POOL; i++) {
        for (int made = 0; made < WARM_UP; made++) {
          assertThat(store.put("a", "x", Expected.absent()).isApplied()).isFalse();
          store.put("a", "x", Expected.present()).orThrow();
          store.get("a");
        }
        warm.add(large.getConnection()); // the one just used, so that the next round takes another
      }
      for (Connection connection : warm) {
        connection.close();
      }
      database.execute(widen("occ_store", "updated_by", "VARCHAR(400)", ""));
      Versioned<String> last = store.get("a").orElseThrow();
      assertThat(store.put("a", "x", Expected.absent()).isApplied()).isFalse();
      store.put("a", "new", Expected.version(last.version())).orThrow();
      assertThat(store.get("a").orElseThrow().value()).isEqualTo("new");
    }
  }

  /** A round in each of several threads at once; one of a joined transaction may be repeated. */
  private static void inEachConnection(DatabaseSmoke smoke, int rounds) throws Exception {
    List<Running<UUID>> threads = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      threads.add(
          Running.start(
              () -> {
                for (int made = 0; made < rounds; ) {
                  try {
                    smoke.round();
                    made++;
                  } catch (TransactionConflictException worthRepeating) {
                    // As the caller of a joined transaction does.
                  }
                }
                return UUID.randomUUID();
              }));
    }
    for (Running<UUID> thread : threads) {
      thread.result();
    }
  }
}
