/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.occ4j.testkit.Patience.await;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.Tag;
import org.occ4j.Ticker;
import org.occ4j.cache.CacheHealth;
import org.occ4j.cache.ReadPoint;
import org.occ4j.cache.StalenessPolicy;
import org.occ4j.change.Change;
import org.occ4j.change.ChangeDraft;
import org.occ4j.jdbc.JdbcMutationPipeline;
import org.occ4j.jdbc.JdbcVersionedStore;
import org.occ4j.jdbc.OccDatabase;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationResult;
import org.occ4j.testkit.DelegatingDataSource;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.FakeTicker;
import org.occ4j.testkit.TestDatabase;
import org.occ4j.testkit.TimeSensitive;

/**
 * Caches of two nodes beside the store that they cache: transactions with old snapshots, mutations
 * through the pipeline, and nodes whose clocks disagree.
 */
@TimeSensitive
abstract class CacheBesideStoreContract {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration SILENCE = Duration.ofSeconds(2);
  private static final long QUARTER_NANOS = Duration.ofMinutes(15).toNanos();
  private static final Scope SCOPE = new Scope("acme", "ada", "note.edit");
  private static final Tag NOTE_A = Tag.of("note", "a");

  private final Engine engine;
  private final AtomicBoolean cut = new AtomicBoolean();
  private final FakeTicker offset = new FakeTicker();

  /** The clocks of the two nodes: a quarter of an hour fast, and as much slow. */
  private final Ticker ahead = () -> System.nanoTime() + QUARTER_NANOS;

  private final Ticker behind = () -> System.nanoTime() - QUARTER_NANOS + offset.nanos();

  private HikariDataSource pool;
  private TestDatabase database;
  private OccDatabase here;
  private OccDatabase there;

  CacheBesideStoreContract(Engine engine) {
    this.engine = engine;
  }

  @BeforeEach
  void openNodes() {
    database = engine.server().newDatabase();
    pool = database.pool(6);
    OccDatabase.builder(pool).createSchema().open().close();
    here = OccDatabase.builder(pool).ticker(ahead).open();
    there = OccDatabase.builder(cuttable(pool)).ticker(behind).open();
  }

  private DataSource cuttable(DataSource target) {
    return new DelegatingDataSource(target) {
      @Override
      public Connection getConnection() throws SQLException {
        if (cut.get()) {
          throw new SQLException("cut by the test", "08001");
        }
        return super.getConnection();
      }
    };
  }

  @AfterEach
  void closeNodes() {
    cut.set(false);
    here.close();
    there.close();
    pool.close();
  }

  private JdbcTaggedCache<String, String> cache(OccDatabase node, Ticker ticker) {
    JdbcCacheBuilder<String, String> builder = JdbcTaggedCache.builder("notes", node);
    return builder
        .ticker(ticker)
        .expireAfterWrite(Duration.ofHours(1))
        .maximumStaleness(SILENCE, StalenessPolicy.BYPASS)
        .build();
  }

  private JdbcTaggedCache<String, String> cacheHere() {
    return cache(here, ahead);
  }

  private JdbcTaggedCache<String, String> cacheThere() {
    return cache(there, behind);
  }

  private static JdbcVersionedStore<String, String> notes(OccDatabase node) {
    return node.store("note", KeyCodec.strings(), Codec.strings());
  }

  private static String load(
      JdbcTaggedCache<String, String> cache, JdbcVersionedStore<String, String> notes) {
    return cache.get(
        "a",
        (key, context) -> {
          context.tag(NOTE_A);
          return notes.get(key).orElseThrow().value();
        });
  }

  private void awaitAppliedThere(JdbcTaggedCache<String, String> theirs) throws Exception {
    assertThat(theirs.awaitApplied(here.changes().now(), PATIENCE)).isTrue();
  }

  @Test
  void get_inASnapshotOlderThanTheInvalidation_isNotKept() throws Exception {
    assertThat(keptFromAnOldSnapshot(true)).isNull();
  }

  /** What the read point is for: without it the cache keeps what nobody can invalidate any more. */
  @Test
  void get_inAnOldSnapshotWithoutItsReadPoint_isKept() throws Exception {
    assertThat(keptFromAnOldSnapshot(false)).isEqualTo("old");
  }

  private String keptFromAnOldSnapshot(boolean withReadPoint) throws Exception {
    notes(here).put("a", "old", Expected.absent());
    try (var theirs = cacheThere();
        Connection reader = database.connect()) {
      reader.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      reader.setAutoCommit(false);
      ReadPoint begin = theirs.readPoint();
      JdbcVersionedStore<String, String> seen = notes(there);
      assertThat(seen.joining(reader).get("a").orElseThrow().value()).isEqualTo("old");
      notes(here).tagging(Set.of(NOTE_A)).put("a", "new", Expected.present());
      awaitAppliedThere(theirs);
      String read =
          theirs.get(
              "a",
              (key, context) -> {
                context.tag(NOTE_A);
                if (withReadPoint) {
                  context.asOf(begin);
                }
                return seen.joining(reader).get(key).orElseThrow().value();
              });
      assertThat(read).as("what the transaction sees").isEqualTo("old");
      reader.rollback();
      return theirs.getIfPresent("a");
    }
  }

  @Test
  void apply_withTags_invalidatesOnBothNodesOnceEach() throws Exception {
    JdbcVersionedStore<String, String> store = notes(here);
    store.put("a", "v0", Expected.absent());
    JdbcMutationPipeline<String, String> pipeline = here.pipeline(store, Codec.strings()).build();
    try (var mine = cacheHere();
        var theirs = cacheThere()) {
      for (int i = 1; i <= 10; i++) {
        assertThat(load(mine, store)).isEqualTo("v" + (i - 1));
        assertThat(load(theirs, notes(there))).isEqualTo("v" + (i - 1));
        Mutation<String, String> mutation = setTo("v" + i);
        assertThat(pipeline.apply(mutation)).isInstanceOf(MutationResult.Applied.class);
        assertThat(mine.getIfPresent("a")).as("on the node that wrote").isNull();
        awaitAppliedThere(theirs);
        assertThat(theirs.getIfPresent("a")).as("on the other node").isNull();
        assertThat(load(theirs, notes(there))).isEqualTo("v" + i);
        // The same once more is a replay; it writes nothing and so makes nothing void.
        assertThat(pipeline.apply(mutation)).isInstanceOf(MutationResult.Applied.class);
        awaitAppliedThere(theirs);
        assertThat(theirs.getIfPresent("a")).isEqualTo("v" + i);
        assertThat(mine.stats().invalidations()).isEqualTo(i);
        assertThat(theirs.stats().invalidations()).isEqualTo(i);
      }
    }
  }

  private static Mutation<String, String> setTo(String value) {
    return Mutation.of(
            new MutationId(SCOPE, UUID.randomUUID()), "a", Expected.present(), Edit.set(value))
        .tags(NOTE_A)
        .build();
  }

  @Test
  void lostContact_ofANodeWhoseClockIsOff_isByItsOwnClockAlone() throws Exception {
    notes(here).put("a", "v0", Expected.absent());
    try (var mine = cacheHere();
        var theirs = cacheThere()) {
      await().atMost(PATIENCE).until(() -> isFollowing(mine) && isFollowing(theirs));
      load(mine, notes(here));
      cut.set(true);
      offset.advance(SILENCE.plusMillis(1));
      assertThat(theirs.health().state()).isEqualTo(CacheHealth.State.LOST_CONTACT);
      assertThat(theirs.health().lag()).isBetween(SILENCE, SILENCE.plus(PATIENCE));
      await().atMost(PATIENCE).until(() -> isFollowing(mine));
      cut.set(false);
      await().atMost(PATIENCE).until(() -> isFollowing(theirs));
    }
  }

  private static boolean isFollowing(JdbcTaggedCache<String, String> cache) {
    return cache.health().state() == CacheHealth.State.FOLLOWING;
  }

  /**
   * Rows are kept for ten minutes by the database's clock; both nodes are further off than that.
   */
  @Test
  void purge_byANodeWhoseClockIsOff_leavesWhatIsFresh() throws Exception {
    try (var theirs = cacheThere()) {
      for (int i = 0; i < 4; i++) {
        here.changes().publish(new ChangeDraft("test", Change.Kind.PUT, "k", 1, null, Set.of()));
      }
      assertThat(here.changes().purge(100)).isZero();
      assertThat(there.changes().purge(100)).isZero();
      awaitAppliedThere(theirs); // Its place is the newest row, whose time must stay what it was.
      database.execute(
          "UPDATE occ_change SET created_at = created_at - 11 * 60 * 1000000 WHERE id <"
              + " (SELECT newest FROM (SELECT MAX(id) AS newest FROM occ_change) all_of_them)");
      assertThat(there.changes().purge(100)).as("all but the newest that is old").isEqualTo(2);
      awaitAppliedThere(theirs);
      assertThat(theirs.health().flushes()).isZero();
    }
  }
}
