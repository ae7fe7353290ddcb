/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.occ4j.Codec;
import org.occ4j.CodecException;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.RetryPolicy;
import org.occ4j.SchemaException;
import org.occ4j.Tag;
import org.occ4j.Timestamps;
import org.occ4j.Versioned;
import org.occ4j.store.Commit;
import org.occ4j.store.Scan;
import org.occ4j.store.VersionedStore;
import org.occ4j.store.Write;
import org.occ4j.store.WriteResult;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.FakeTicker;
import org.occ4j.testkit.RecordingFollower;
import org.occ4j.testkit.TestDatabase;
import org.occ4j.testkit.VersionedStoreContract;

/**
 * The store in the library's own table: the contract, and what only a database can do. Connections
 * are pooled, so that a setting that leaks is seen.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class JdbcStoreContract {
  /** More than the threads of any race. */
  private static final int POOL_SIZE = 12;

  private final Engine engine;
  private TestDatabase database;
  private HikariDataSource pool;
  private OccDatabase node;
  private JdbcVersionedStore<String, String> store;

  JdbcStoreContract(Engine engine) {
    this.engine = engine;
  }

  /** Prepares a new, empty database; runs before the first connection of the pool. */
  void prepare(TestDatabase fresh) throws SQLException {}

  @BeforeAll
  void makeDatabase() throws SQLException {
    database = engine.server().newDatabase();
    prepare(database);
    pool = database.pool(POOL_SIZE);
    OccDatabase.builder(pool).createSchema().open().close();
  }

  @AfterAll
  void closePool() {
    pool.close();
  }

  @BeforeEach
  void openDatabase() throws Exception {
    database.execute("DELETE FROM occ_store", "DELETE FROM occ_change");
    node = OccDatabase.open(pool);
    store = node.store("test", KeyCodec.strings(), Codec.strings());
  }

  @AfterEach
  void closeDatabase() {
    node.close();
  }

  @Nested
  class WithoutChanges extends VersionedStoreContract {
    @Override
    protected VersionedStore<String, String> open() {
      return store;
    }

    @Override
    protected int raceRounds() {
      return JdbcStoreContract.this.raceRounds();
    }

    @Override
    public boolean recordsChanges() {
      return false;
    }

    @Override
    public boolean recordsWhatIsTagged() {
      return true;
    }
  }

  @Nested
  class WithChanges extends VersionedStoreContract {
    @Override
    protected VersionedStore<String, String> open() {
      return store.recordChanges(true);
    }

    @Override
    protected int raceRounds() {
      return JdbcStoreContract.this.raceRounds();
    }

    @Override
    public boolean recordsChanges() {
      return true;
    }
  }

  /** Rounds of each race. */
  int raceRounds() {
    return 200;
  }

  @Test
  void stores_ofOtherNames_areApart() {
    VersionedStore<String, String> other = node.store("other", KeyCodec.strings(), Codec.strings());
    store.put("a", "here", Expected.absent());
    assertThat(other.get("a")).isEmpty();
    assertThat(other.put("a", "there", Expected.absent()).isApplied()).isTrue();
    assertThat(other.scan(Scan.all(10)).entries()).hasSize(1);
    assertThat(store.get("a").orElseThrow().value()).isEqualTo("here");
  }

  @Test
  void store_badName_isRefused() {
    assertThatThrownBy(() -> node.store("", KeyCodec.strings(), Codec.strings()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> node.store("x".repeat(101), KeyCodec.strings(), Codec.strings()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void otherNode_seesTheSameStates_andConflicts() {
    try (OccDatabase elsewhere = OccDatabase.open(pool)) {
      VersionedStore<String, String> there =
          elsewhere.store("test", KeyCodec.strings(), Codec.strings());
      Versioned<String> state = store.put("a", "v", Expected.absent()).current();
      assertThat(there.get("a").orElseThrow()).isEqualTo(state);
      assertThat(there.put("a", "x", Expected.absent()))
          .isEqualTo(new WriteResult.Conflict<>(Expected.absent(), state));
    }
  }

  @Test
  void version_isTheTimeOfTheWrite_alsoAsAnExpectation() {
    long before = System.currentTimeMillis() - 60_000;
    Versioned<String> first = store.put("a", "one", Expected.absent()).current();
    Versioned<String> second = store.put("a", "two", Expected.any()).current();
    for (Versioned<String> state : List.of(first, second)) {
      assertThat(Timestamps.toMicros(state.updatedAt())).isEqualTo(state.version());
      assertThat(state.version() / 1_000).isBetween(before, System.currentTimeMillis() + 60_000);
    }
    assertThat(second.version() - first.version())
        .as("microseconds between two calls")
        .isPositive();
    assertThat(store.put("a", "x", Expected.updatedAt(first.updatedAt())))
        .isEqualTo(new WriteResult.Conflict<>(Expected.updatedAt(first.updatedAt()), second));
    assertThat(store.put("a", "x", Expected.updatedAt(second.updatedAt())).isApplied()).isTrue();
  }

  @Test
  void version_afterAWriteWasForgotten_isNotGivenAgain() throws Exception {
    Versioned<String> kept = store.put("a", "kept", Expected.absent()).current();
    Versioned<String> lost = store.put("a", "lost", Expected.any()).current();
    database.execute("UPDATE occ_store SET version = " + kept.version());
    Versioned<String> next = store.put("a", "next", Expected.version(kept.version())).orThrow();
    assertThat(next.version()).isGreaterThan(lost.version());
    assertThat(store.put("a", "unseen", Expected.version(lost.version())).isApplied()).isFalse();
  }

  @Test
  void version_clockBehindTheLastWrite_growsByOne() throws Exception {
    store.put("a", "v", Expected.absent()).orThrow();
    long ahead = Timestamps.toMicros(Instant.now()) + 3_600_000_000L;
    database.execute("UPDATE occ_store SET version = " + ahead);
    assertThat(store.put("a", "w", Expected.version(ahead)).current().version())
        .isEqualTo(ahead + 1);
    try (OccDatabase still = OccDatabase.builder(pool).ticker(new FakeTicker()).open()) {
      VersionedStore<String, String> there =
          still.store("test", KeyCodec.strings(), Codec.strings());
      there.delete("a", Expected.version(ahead + 1)).orThrow();
      assertThat(there.put("a", "x", Expected.absent()).current().version())
          .as("after a deletion that this node has seen, while no time goes by")
          .isEqualTo(ahead + 2);
    }
  }

  /** Two nodes make and delete a key by turns, and each knows of its own deletions only. */
  @Test
  void version_clockSetBackAndTheKeyDeletedByAnotherNode_isNotGivenAgain() throws Exception {
    FakeTicker ticker = new FakeTicker();
    try (OccDatabase another = OccDatabase.builder(pool).ticker(ticker).open()) {
      VersionedStore<String, String> there =
          another.store("test", KeyCodec.strings(), Codec.strings());
      there.put("b", "of when the clock was ahead", Expected.absent()).orThrow();
      long ahead = Timestamps.toMicros(Instant.now()) + 3_600_000_000L;
      database.execute("UPDATE occ_store SET version = " + ahead);
      there.delete("b", Expected.version(ahead)).orThrow();
      long first = there.put("a", "first life", Expected.absent()).orThrow().version();
      long last = store.put("a", "of this node", Expected.version(first)).orThrow().version();
      store.delete("a", Expected.version(last)).orThrow();
      ticker.advance(Duration.ofMillis(1));
      long next = there.put("a", "second life", Expected.absent()).orThrow().version();
      assertThat(next).isGreaterThan(last).isLessThan(last + 1_000);
      assertThat(there.put("a", "unseen", Expected.version(last)).isApplied()).isFalse();
    }
  }

  @Test
  void put_valueThatTheCodecRefuses_isACodecExceptionAndChangesNothing() {
    VersionedStore<String, String> picky = node.store("picky", KeyCodec.strings(), picky());
    Versioned<String> state = picky.put("a", "good", Expected.any()).current();
    assertThatThrownBy(() -> picky.put("a", "bad", Expected.any()))
        .isInstanceOf(CodecException.class)
        .hasRootCauseMessage("thrown by a test");
    assertThat(picky.get("a").orElseThrow()).isEqualTo(state);
  }

  @Test
  void writeAll_valueThatTheCodecRefuses_failsAlone() {
    VersionedStore<String, String> picky = node.store("picky", KeyCodec.strings(), picky());
    var items =
        picky
            .writeAll(
                List.of(
                    Write.put("a", "good", Expected.any()), Write.put("b", "bad", Expected.any())))
            .items();
    assertThat(items.get(0).orThrow().isApplied()).isTrue();
    assertThat(items.get(1).failure()).isInstanceOf(CodecException.class);
    assertThat(picky.get("b")).isEmpty();
  }

  private static Codec<String> picky() {
    return Codec.of(
        "picky/1",
        value -> {
          if (value.equals("bad")) {
            throw new IllegalStateException("thrown by a test");
          }
          return value.getBytes(StandardCharsets.UTF_8);
        },
        bytes -> new String(bytes, StandardCharsets.UTF_8));
  }

  @Test
  void get_bytesThatTheCodecCannotRead_isACodecException() {
    Codec<String> unreadable =
        Codec.of(
            "none/1",
            value -> new byte[0],
            bytes -> {
              throw new IllegalStateException("thrown by a test");
            });
    VersionedStore<String, String> broken = node.store("b", KeyCodec.strings(), unreadable);
    assertThat(broken.put("a", "v", Expected.any()).isApplied()).isTrue();
    assertThatThrownBy(() -> broken.get("a")).isInstanceOf(CodecException.class);
  }

  @Test
  void anyCall_tableGone_saysThatTheStatementDoesNotFit() throws Exception {
    OccDatabase elsewhere = OccDatabase.builder(pool).tablePrefix("gone_").createSchema().open();
    JdbcVersionedStore<String, String> store =
        elsewhere.store("test", KeyCodec.strings(), Codec.strings());
    database.execute("DROP TABLE gone_store");
    assertThatThrownBy(() -> store.get("a")).isInstanceOf(SchemaException.class);
    assertThatThrownBy(() -> store.put("a", "v", Expected.any()))
        .isInstanceOf(SchemaException.class);
    assertThat(store.writeAll(List.of(Write.put("a", "v", Expected.any()))).items().get(0))
        .satisfies(item -> assertThat(item.failure()).isNotNull());
    elsewhere.close();
  }

  @Test
  void tagging_storeThatRecordsNothing_recordsWhatIsTagged() {
    RecordingFollower follower = new RecordingFollower();
    node.changes().followDirectly(follower);
    store.put("a", "v", Expected.any());
    store.tagging(Set.of(Tag.of("t"))).put("b", "v", Expected.any());
    store.tagging(Set.of(Tag.of("t"))).recordChanges(false).put("c", "v", Expected.any());
    assertThat(follower.keys()).containsExactly("b");
  }

  @Test
  void joining_autoCommit_isRefused() throws Exception {
    try (Connection connection = database.connect()) {
      assertThatThrownBy(() -> store.joining(connection))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("auto-commit");
    }
  }

  @Test
  void joining_writes_areSeenByOthersOnlyAfterTheCommit() throws Exception {
    Versioned<String> before = store.put("a", "old", Expected.any()).current();
    try (Connection connection = transaction()) {
      JoinedStore<String, String> joined = store.joining(connection);
      joined.put("a", "new", Expected.present()).orThrow();
      joined.put("b", "new", Expected.absent()).orThrow();
      assertThat(joined.get("a").orElseThrow().value()).isEqualTo("new");
      assertThat(store.get("a").orElseThrow()).isEqualTo(before);
      connection.commit();
    }
    assertThat(store.get("a").orElseThrow().value()).isEqualTo("new");
    assertThat(store.get("b")).isPresent();
  }

  @Test
  void joining_rollBack_leavesNothing() throws Exception {
    RecordingFollower follower = new RecordingFollower();
    node.changes().followDirectly(follower);
    Versioned<String> before = store.put("a", "old", Expected.any()).current();
    try (Connection connection = transaction()) {
      JoinedStore<String, String> joined = store.recordChanges(true).joining(connection);
      joined.put("a", "new", Expected.any()).orThrow();
      joined.commit(Commit.<String, String>empty().put("b", "new", Expected.absent()));
      connection.rollback();
    }
    assertThat(store.get("a").orElseThrow()).isEqualTo(before);
    assertThat(store.get("b")).isEmpty();
    node.changes().poll();
    assertThat(follower.changes()).isEmpty();
  }

  @Test
  void joining_conflict_leavesTheTransactionUsable() throws Exception {
    Versioned<String> state = store.put("a", "old", Expected.any()).current();
    try (Connection connection = transaction()) {
      JoinedStore<String, String> joined = store.joining(connection);
      assertThat(joined.put("a", "x", Expected.absent()))
          .isEqualTo(new WriteResult.Conflict<>(Expected.absent(), state));
      assertThat(
              joined
                  .commit(
                      Commit.<String, String>empty()
                          .put("c", "x", Expected.absent())
                          .put("a", "x", Expected.absent()))
                  .isApplied())
          .isFalse();
      assertThat(joined.get("c")).isEmpty();
      joined.put("b", "kept", Expected.absent()).orThrow();
      connection.commit();
    }
    assertThat(store.get("b")).isPresent();
    assertThat(store.get("c")).isEmpty();
  }

  @Test
  void joining_update_makesOneAttempt() throws Exception {
    store.put("a", "old", Expected.any());
    try (Connection connection = transaction()) {
      JoinedStore<String, String> joined = store.joining(connection);
      AtomicInteger edits = new AtomicInteger();
      WriteResult<String> result =
          joined.update(
              "a",
              value -> {
                edits.incrementAndGet();
                joined.put("a", "rival", Expected.any()).orThrow();
                return value + "!";
              },
              RetryPolicy.of(10, Duration.ofMinutes(1)));
      assertThat(result.isApplied()).isFalse();
      assertThat(edits).hasValue(1);
    }
  }

  @Test
  void joining_committed_tellsWhatItsViewsChanged() throws Exception {
    RecordingFollower follower = new RecordingFollower();
    node.changes().followDirectly(follower);
    try (Connection connection = transaction()) {
      JoinedStore<String, String> joined = store.recordChanges(true).joining(connection);
      joined.by("ann").put("a", "v", Expected.any()).orThrow();
      joined.tagging(Set.of(Tag.of("t"))).put("b", "v", Expected.any()).orThrow();
      assertThat(follower.changes()).isEmpty();
      connection.commit();
      joined.committed();
      joined.committed();
    }
    assertThat(follower.keys()).containsExactly("a", "b");
    assertThat(follower.changes().get(0).updatedBy()).isEqualTo("ann");
    assertThat(follower.changes().get(1).tags()).containsExactly(Tag.of("t"));
    node.changes().poll();
    assertThat(follower.changes()).hasSize(2);
  }

  @Test
  void joining_connectionSettings_areLeftAlone() throws Exception {
    try (Connection connection = transaction()) {
      int isolation = connection.getTransactionIsolation();
      JoinedStore<String, String> joined = store.joining(connection);
      joined.put("a", "v", Expected.any()).orThrow();
      joined.delete("a", Expected.present()).orThrow();
      assertThat(connection.getAutoCommit()).isFalse();
      assertThat(connection.isClosed()).isFalse();
      assertThat(connection.getTransactionIsolation()).isEqualTo(isolation);
    }
  }

  private Connection transaction() throws SQLException {
    Connection connection = database.connect();
    connection.setAutoCommit(false);
    return connection;
  }
}
