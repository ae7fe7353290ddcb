/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.occ4j.testkit.Patience.await;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.RetryPolicy;
import org.occ4j.TransactionConflictException;
import org.occ4j.Versioned;
import org.occ4j.store.Commit;
import org.occ4j.store.CommitResult;
import org.occ4j.store.VersionedStore;
import org.occ4j.store.Write;
import org.occ4j.store.WriteResult;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.Running;
import org.occ4j.testkit.StoreHistories;
import org.occ4j.testkit.StoreRaces;
import org.occ4j.testkit.TestDatabase;
import org.occ4j.testkit.Together;

/**
 * What may depend on the isolation level, and on settings of the driver that change counts: the
 * races, writes that wait for a rival's transaction, and transactions of the caller whose snapshot
 * is older than the row.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class StoreIsolationContract {
  private static final int POOL_SIZE = 8;
  private static final int ROUNDS = 30;
  private static final Duration LONG = Duration.ofSeconds(60);

  /** Serialization failures are this isolation's way to say conflict; it may do so often. */
  private static final RetryPolicy PATIENT =
      new RetryPolicy(10_000, Duration.ofMinutes(2), Duration.ofMillis(1), Duration.ofMillis(50));

  /** What becomes of a transaction that writes a row which its snapshot shows as it was before. */
  enum OldSnapshot {
    /** The write sees the row as it is: a conflict like any other. */
    CONFLICTS,
    /** The database ends the transaction. */
    ENDS_THE_TRANSACTION
  }

  private final Engine engine;
  private final String options;
  private final OldSnapshot oldSnapshot;
  private TestDatabase database;
  private HikariDataSource pool;
  private OccDatabase node;
  private JdbcVersionedStore<String, String> store;

  /**
   * A contract.
   *
   * @param options of the driver, appended to the URL, by which every connection has the isolation
   */
  StoreIsolationContract(Engine engine, String options, OldSnapshot oldSnapshot) {
    this.engine = engine;
    this.options = options;
    this.oldSnapshot = oldSnapshot;
  }

  @BeforeAll
  void makeDatabase() throws SQLException {
    TestDatabase fresh = engine.server().newDatabase();
    database = new TestDatabase(engine, fresh.jdbcUrl() + options, fresh.user(), fresh.password());
    pool = database.pool(POOL_SIZE);
    OccDatabase.builder(pool).createSchema().open().close();
  }

  @AfterAll
  void closePool() {
    pool.close();
  }

  @BeforeEach
  void openDatabase() throws SQLException {
    database.execute("DELETE FROM occ_store", "DELETE FROM occ_change");
    boolean deadlocksOnly = oldSnapshot == OldSnapshot.CONFLICTS;
    node = OccDatabase.builder(pool).retry(deadlocksOnly ? RetryPolicy.defaults() : PATIENT).open();
    store = node.store("test", KeyCodec.strings(), Codec.strings());
  }

  @AfterEach
  void closeDatabase() {
    node.close();
  }

  /**
   * Whether a conflict in a transaction with an old snapshot tells the state of that snapshot. Else
   * it is read with a lock: it is the latest, or the database ends the transaction.
   */
  boolean conflictTellsTheSnapshot() {
    return false;
  }

  /**
   * A query that answers whether the connections have the isolation that is meant, and its answer.
   */
  abstract Map.Entry<String, String> isolation();

  @Test
  void connections_haveTheIsolationThatIsMeant() throws SQLException {
    try (Connection connection = pool.getConnection()) {
      assertThat(Sql.text(connection, isolation().getKey())).isEqualTo(isolation().getValue());
    }
  }

  private static Versioned<String> now(WriteResult<String> result) {
    return Objects.requireNonNull(result.orThrow());
  }

  private Versioned<String> put(String key, String value) {
    return now(store.put(key, value, Expected.any()));
  }

  // ---- races

  @Test
  void update_fromManyThreads_losesNothing() throws Exception {
    StoreRaces.updatesLoseNothing(store, 4, ROUNDS);
  }

  @Test
  void create_fromManyThreads_hasOneWinnerAndAVersionOfItsOwn() throws Exception {
    StoreRaces.livesHaveOneCreatorAndVersionsOfTheirOwn(store, 4, ROUNDS);
  }

  @Test
  void commit_fromManyThreads_isNeverSeenHalf() throws Exception {
    StoreRaces.commitsAreSeenWhole(store, ROUNDS);
  }

  @Test
  void getAll_whileAKeyMoves_seesItOnce() throws Exception {
    StoreRaces.movedKeyIsSeenOnce(store, ROUNDS);
  }

  @Test
  void commit_readSet_isGuardedAgainstWriteSkew() throws Exception {
    StoreRaces.readSetsAreGuarded(store, ROUNDS / 3);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void singleWrites_fromManyThreads_areLinearizable(boolean recorded) throws Exception {
    StoreHistories.areLinearizable(store.recordChanges(recorded), ROUNDS / 2);
  }

  @Test
  void batches_inOppositeOrders_doNotDeadlock() throws Exception {
    List<String> keys = IntStream.range(0, 12).mapToObj(i -> "k" + i).toList();
    List<String> reversed = new ArrayList<>(keys);
    Collections.reverse(reversed);
    keys.forEach(key -> put(key, "0"));
    try (OccDatabase impatient = withoutRetriesOfDeadlocks()) {
      VersionedStore<String, String> other =
          impatient.store("test", KeyCodec.strings(), Codec.strings());
      Together.run(List.of(() -> writeAll(other, keys), () -> writeAll(other, reversed)));
      Together.run(List.of(() -> commitAll(other, keys), () -> commitAll(other, reversed)));
    }
  }

  /** Where nothing but a deadlock makes the database end a transaction, none is run again. */
  private OccDatabase withoutRetriesOfDeadlocks() {
    boolean deadlocksOnly = oldSnapshot == OldSnapshot.CONFLICTS;
    return OccDatabase.builder(pool).retry(deadlocksOnly ? RetryPolicy.once() : PATIENT).open();
  }

  private static void writeAll(VersionedStore<String, String> store, List<String> keys) {
    List<Write<String, String>> writes =
        keys.stream()
            .<Write<String, String>>map(key -> Write.put(key, "1", Expected.present()))
            .toList();
    for (int i = 0; i < ROUNDS; i++) {
      store.writeAll(writes).items().forEach(item -> item.orThrow().orThrow());
    }
  }

  private static void commitAll(VersionedStore<String, String> store, List<String> keys) {
    Commit<String, String> commit = Commit.empty();
    for (String key : keys) {
      commit = commit.put(key, "2", Expected.present());
    }
    for (int i = 0; i < ROUNDS; i++) {
      assertThat(store.commit(commit).isApplied()).isTrue();
    }
  }

  // ---- writes that wait for a rival's transaction

  private enum RivalEnds {
    COMMITTED,
    ROLLED_BACK
  }

  private interface Rival {
    void write(VersionedStore<String, String> theirs);
  }

  /** What the call answers that waits for the rival's transaction. */
  private <T> T waitingFor(Rival rival, RivalEnds end, Callable<T> call) throws Exception {
    try (Connection connection = transaction()) {
      rival.write(store.joining(connection));
      Running<T> waiting = Running.start(call);
      await().atMost(LONG).until(this::somebodyWaits);
      if (end == RivalEnds.COMMITTED) {
        connection.commit();
      } else {
        connection.rollback();
      }
      return waiting.result();
    }
  }

  private boolean somebodyWaits() throws SQLException {
    try (Connection connection = database.connect()) {
      return Sql.number(connection, Sql.waitingSessions(engine)) > 0;
    }
  }

  private Connection transaction() throws SQLException {
    Connection connection = database.connect();
    connection.setAutoCommit(false);
    return connection;
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void put_rivalUpdates_conflictsWithItsState(boolean recorded) throws Exception {
    Expected old = Expected.version(put("a", "one").version());
    WriteResult<String> result =
        waitingFor(
            rival -> rival.put("a", "theirs", Expected.any()).orThrow(),
            RivalEnds.COMMITTED,
            () -> store.recordChanges(recorded).put("a", "mine", old));
    Versioned<String> there = store.get("a").orElseThrow();
    assertThat(there.value()).isEqualTo("theirs");
    assertThat(result).isEqualTo(new WriteResult.Conflict<>(old, there));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void put_rivalDeletes_conflictsWithNothing(boolean recorded) throws Exception {
    Expected old = Expected.version(put("a", "one").version());
    WriteResult<String> result =
        waitingFor(
            rival -> rival.delete("a", Expected.any()).orThrow(),
            RivalEnds.COMMITTED,
            () -> store.recordChanges(recorded).put("a", "mine", old));
    assertThat(result).isEqualTo(new WriteResult.Conflict<>(old, null));
    assertThat(store.get("a")).isEmpty();
  }

  @Test
  void put_rivalDeletesAndCreatesAgain_conflictsWithTheNewLife() throws Exception {
    Expected old = Expected.version(put("a", "one").version());
    WriteResult<String> result =
        waitingFor(
            rival -> {
              rival.delete("a", Expected.any()).orThrow();
              rival.put("a", "again", Expected.absent()).orThrow();
            },
            RivalEnds.COMMITTED,
            () -> store.put("a", "mine", old));
    Versioned<String> there = store.get("a").orElseThrow();
    assertThat(there.value()).isEqualTo("again");
    assertThat(result).isEqualTo(new WriteResult.Conflict<>(old, there));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void put_rivalRollsBack_isApplied(boolean recorded) throws Exception {
    Expected old = Expected.version(put("a", "one").version());
    WriteResult<String> result =
        waitingFor(
            rival -> rival.delete("a", Expected.any()).orThrow(),
            RivalEnds.ROLLED_BACK,
            () -> store.recordChanges(recorded).put("a", "mine", old));
    assertThat(store.get("a")).contains(now(result));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void delete_rivalUpdates_conflictsWithItsState(boolean recorded) throws Exception {
    Expected old = Expected.version(put("a", "one").version());
    WriteResult<String> result =
        waitingFor(
            rival -> rival.put("a", "theirs", Expected.any()).orThrow(),
            RivalEnds.COMMITTED,
            () -> store.recordChanges(recorded).delete("a", old));
    assertThat(result).isEqualTo(new WriteResult.Conflict<>(old, store.get("a").orElseThrow()));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void delete_rivalDeletes_conflictsWithNothing(boolean recorded) throws Exception {
    Expected old = Expected.version(put("a", "one").version());
    WriteResult<String> result =
        waitingFor(
            rival -> rival.delete("a", Expected.any()).orThrow(),
            RivalEnds.COMMITTED,
            () -> store.recordChanges(recorded).delete("a", old));
    assertThat(result).isEqualTo(new WriteResult.Conflict<>(old, null));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void create_rivalCreates_conflictsWithItsState(boolean recorded) throws Exception {
    WriteResult<String> result =
        waitingFor(
            rival -> rival.put("a", "theirs", Expected.absent()).orThrow(),
            RivalEnds.COMMITTED,
            () -> store.recordChanges(recorded).put("a", "mine", Expected.absent()));
    assertThat(result)
        .isEqualTo(new WriteResult.Conflict<>(Expected.absent(), store.get("a").orElseThrow()));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void create_rivalRollsBack_isApplied(boolean recorded) throws Exception {
    WriteResult<String> result =
        waitingFor(
            rival -> rival.put("a", "theirs", Expected.absent()).orThrow(),
            RivalEnds.ROLLED_BACK,
            () -> store.recordChanges(recorded).put("a", "mine", Expected.absent()));
    assertThat(store.get("a")).contains(now(result));
  }

  @Test
  void putWhateverIsThere_rivalDeletes_creates() throws Exception {
    long old = put("a", "one").version();
    WriteResult<String> result =
        waitingFor(
            rival -> rival.delete("a", Expected.any()).orThrow(),
            RivalEnds.COMMITTED,
            () -> store.put("a", "mine", Expected.any()));
    assertThat(store.get("a")).contains(now(result));
    assertThat(now(result).version()).isGreaterThan(old);
  }

  @Test
  void update_rivalUpdates_editsItsState() throws Exception {
    put("a", "one");
    WriteResult<String> result =
        waitingFor(
            rival -> rival.put("a", "theirs", Expected.any()).orThrow(),
            RivalEnds.COMMITTED,
            () -> store.update("a", value -> value + "!", RetryPolicy.defaults()));
    assertThat(now(result).value()).isEqualTo("theirs!");
  }

  @Test
  void writeAll_rivalUpdatesOne_conflictsForThatOneAlone() throws Exception {
    Expected old = Expected.version(put("b", "one").version());
    List<WriteResult<String>> results =
        waitingFor(
                rival -> rival.put("b", "theirs", Expected.any()).orThrow(),
                RivalEnds.COMMITTED,
                () ->
                    store.writeAll(
                        List.of(
                            Write.put("a", "mine", Expected.absent()),
                            Write.put("b", "mine", old),
                            Write.put("c", "mine", Expected.absent()))))
            .items()
            .stream()
            .map(item -> item.orThrow())
            .toList();
    assertThat(results.get(1))
        .isEqualTo(new WriteResult.Conflict<>(old, store.get("b").orElseThrow()));
    assertThat(results.get(0).current()).isEqualTo(store.get("a").orElseThrow());
    assertThat(results.get(2).current()).isEqualTo(store.get("c").orElseThrow());
  }

  @Test
  void writeAll_conflictsBeforeARivalIsWaitedFor_namesTheRivalsState() throws Exception {
    put("a", "one");
    Expected old = Expected.version(put("b", "one").version());
    WriteResult<String> second =
        waitingFor(
                rival -> rival.put("b", "theirs", Expected.any()).orThrow(),
                RivalEnds.COMMITTED,
                () ->
                    store.writeAll(
                        List.of(
                            Write.put("a", "mine", Expected.absent()),
                            Write.put("b", "mine", old))))
            .items()
            .get(1)
            .orThrow();
    assertThat(second).isEqualTo(new WriteResult.Conflict<>(old, store.get("b").orElseThrow()));
  }

  @Test
  void commit_rivalUpdatesOne_changesNothingAndNamesItsState() throws Exception {
    Expected old = Expected.version(put("b", "one").version());
    CommitResult<String, String> result =
        waitingFor(
            rival -> rival.put("b", "theirs", Expected.any()).orThrow(),
            RivalEnds.COMMITTED,
            () ->
                store.commit(
                    Commit.<String, String>empty()
                        .put("a", "mine", Expected.absent())
                        .put("b", "mine", old)));
    assertThat(result)
        .isEqualTo(
            new CommitResult.Conflicted<>(
                Map.of("b", new WriteResult.Conflict<>(old, store.get("b").orElseThrow()))));
    assertThat(store.get("a")).isEmpty();
  }

  /** The row that holds the absent key is late by the wait, and gone when that is looked after. */
  @Test
  void commit_rivalOfAKeyThatIsToStayAbsentRollsBack_isCommitted() throws Exception {
    CommitResult<String, String> result =
        waitingFor(
            rival -> rival.put("b", "theirs", Expected.absent()).orThrow(),
            RivalEnds.ROLLED_BACK,
            () ->
                store.commit(
                    Commit.<String, String>empty()
                        .put("a", "mine", Expected.absent())
                        .read("b", Expected.absent())));
    assertThat(result.isApplied()).isTrue();
    assertThat(store.get("a").orElseThrow().value()).isEqualTo("mine");
    assertThat(store.get("b")).isEmpty();
  }

  // ---- transactions of the caller with an old snapshot

  private interface Losing {
    WriteResult<String> write(JoinedStore<String, String> joined);
  }

  /** A rival writes after the caller's transaction has read; then the caller writes. */
  private void assertLoses(Rival rival, Expected expected, Losing write) throws Exception {
    try (Connection connection = transaction()) {
      JoinedStore<String, String> joined = store.joining(connection);
      joined.get("a");
      rival.write(store);
      Versioned<String> there = store.get("a").orElse(null);
      if (oldSnapshot == OldSnapshot.ENDS_THE_TRANSACTION) {
        assertThatThrownBy(() -> write.write(joined))
            .isInstanceOf(TransactionConflictException.class);
        connection.rollback();
      } else {
        assertThat(write.write(joined)).isEqualTo(new WriteResult.Conflict<>(expected, there));
        joined.put("b", "kept", Expected.absent()).orThrow();
        connection.commit();
        assertThat(store.get("b")).isPresent();
      }
      assertThat(store.get("a")).isEqualTo(Optional.ofNullable(there));
    }
  }

  @Test
  void joining_putOfARowThatARivalUpdated_losesToTheRival() throws Exception {
    Expected old = Expected.version(put("a", "one").version());
    assertLoses(
        rival -> rival.put("a", "theirs", Expected.any()).orThrow(),
        old,
        joined -> joined.put("a", "mine", old));
  }

  @Test
  void joining_deleteOfARowThatARivalUpdated_losesToTheRival() throws Exception {
    Expected old = Expected.version(put("a", "one").version());
    assertLoses(
        rival -> rival.put("a", "theirs", Expected.any()).orThrow(),
        old,
        joined -> joined.delete("a", old));
  }

  @Test
  void joining_putOfARowThatARivalDeleted_losesToTheRival() throws Exception {
    Expected old = Expected.version(put("a", "one").version());
    assertLoses(
        rival -> rival.delete("a", Expected.any()).orThrow(),
        old,
        joined -> joined.put("a", "mine", old));
  }

  @Test
  void joining_creationOfAKeyThatARivalCreated_losesToTheRival() throws Exception {
    assertLoses(
        rival -> rival.put("a", "theirs", Expected.absent()).orThrow(),
        Expected.absent(),
        joined -> joined.put("a", "mine", Expected.absent()));
  }

  @Test
  void joining_commitOfARowThatARivalUpdated_losesToTheRival() throws Exception {
    Expected old = Expected.version(put("a", "one").version());
    Commit<String, String> commit =
        Commit.<String, String>empty().put("a", "mine", old).put("c", "mine", Expected.absent());
    assertLoses(
        rival -> rival.put("a", "theirs", Expected.any()).orThrow(),
        old,
        joined ->
            ((CommitResult.Conflicted<String, String>) joined.commit(commit)).conflicts().get("a"));
    assertThat(store.get("c")).isEmpty();
  }

  @Test
  void joining_update_makesOneAttempt() throws Exception {
    AtomicInteger edits = new AtomicInteger();
    put("a", "one");
    try (Connection connection = transaction()) {
      JoinedStore<String, String> joined = store.joining(connection);
      WriteResult<String> result =
          joined.update(
              "a",
              value -> {
                edits.incrementAndGet();
                put("a", "theirs");
                return value + "!";
              },
              PATIENT);
      assertThat(oldSnapshot).isEqualTo(OldSnapshot.CONFLICTS);
      assertThat(result.current()).isEqualTo(store.get("a").orElseThrow());
      assertThat(result.isApplied()).isFalse();
    } catch (TransactionConflictException ended) {
      assertThat(oldSnapshot).isEqualTo(OldSnapshot.ENDS_THE_TRANSACTION);
    }
    assertThat(edits).hasValue(1);
    assertThat(store.get("a").orElseThrow().value()).isEqualTo("theirs");
  }

  /**
   * The write meets no row, so nothing but the reading of what is there can end the transaction.
   */
  @Test
  void joining_putOfAVersionOlderThanTheSnapshot_conflictsOrEndsTheTransaction() throws Exception {
    Expected older = Expected.version(put("a", "zero").version());
    Versioned<String> snapshot = put("a", "one");
    try (Connection connection = transaction()) {
      JoinedStore<String, String> joined = store.joining(connection);
      joined.get("a");
      Versioned<String> there = put("a", "theirs");
      boolean conflicts = false;
      try {
        assertThat(joined.put("a", "mine", older))
            .isEqualTo(
                new WriteResult.Conflict<>(older, conflictTellsTheSnapshot() ? snapshot : there));
        conflicts = true;
        joined.put("b", "kept", Expected.absent()).orThrow();
        connection.commit();
      } catch (TransactionConflictException ended) {
        assertThat(oldSnapshot).isEqualTo(OldSnapshot.ENDS_THE_TRANSACTION);
      }
      assertThat(conflicts)
          .isEqualTo(oldSnapshot == OldSnapshot.CONFLICTS || conflictTellsTheSnapshot());
      assertThat(store.get("a")).contains(there);
    }
  }
}
