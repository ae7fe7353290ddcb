/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.occ4j.testkit.Patience.await;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.occ4j.KeyCodec;
import org.occ4j.StoreUnavailableException;
import org.occ4j.Tag;
import org.occ4j.cache.CacheHealth;
import org.occ4j.cache.ReadOptions;
import org.occ4j.cache.StalenessPolicy;
import org.occ4j.cache.TaggedCache;
import org.occ4j.cache.testkit.TaggedCacheContract;
import org.occ4j.change.ChangeToken;
import org.occ4j.jdbc.OccDatabase;
import org.occ4j.jdbc.PendingChange;
import org.occ4j.testkit.DelegatingDataSource;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.TestDatabase;

/**
 * The contract over a database, and what only a cache over a database promises. Two {@link
 * OccDatabase}s on one database stand for two nodes: they share nothing in the process.
 */
abstract class JdbcTaggedCacheContract extends TaggedCacheContract {
  private static final Tag ORDER_1 = Tag.of("order", 1);
  private static final Tag ORDER_2 = Tag.of("order", 2);
  private static final Duration SILENCE = Duration.ofSeconds(2);

  /** One database for the tests of a class; each finds its tables empty. */
  private static @Nullable TestDatabase database;

  private static @Nullable HikariDataSource pool;

  private final Engine engine;
  private final AtomicBoolean cut = new AtomicBoolean();
  private OccDatabase here;
  private OccDatabase there;

  JdbcTaggedCacheContract(Engine engine) {
    this.engine = engine;
  }

  @BeforeEach
  void openDatabases() throws SQLException {
    if (pool == null) {
      database = newDatabase();
      pool = database.pool(6);
      OccDatabase.builder(pool).createSchema().open().close();
    }
    database.execute("DELETE FROM occ_change");
    here = OccDatabase.open(pool);
    there = OccDatabase.builder(new CuttableDataSource(pool, cut)).open();
  }

  /** The database of this class; a subclass may put something before it. */
  TestDatabase newDatabase() {
    return engine.server().newDatabase();
  }

  static TestDatabase database() {
    return database;
  }

  @Override
  protected TaggedCache<String, String> build(Configuration configuration) {
    // The contract moves the ticker by minutes; its caches must not take that for a silent feed.
    JdbcCacheBuilder<String, String> builder = JdbcTaggedCache.builder("orders", here);
    builder
        .ticker(ticker)
        .keyCodec(KeyCodec.strings())
        .maximumStaleness(Duration.ofDays(36_500), StalenessPolicy.BYPASS);
    configuration.apply(builder);
    return builder.build();
  }

  @AfterEach
  void closeDatabases() {
    cut.set(false);
    if (there != null) {
      here.close();
      there.close();
    }
  }

  @AfterAll
  static void closePool() {
    if (pool != null) {
      pool.close();
      pool = null;
    }
  }

  private JdbcTaggedCache<String, String> on(OccDatabase node) {
    return on(node, StalenessPolicy.BYPASS);
  }

  private JdbcTaggedCache<String, String> on(OccDatabase node, StalenessPolicy policy) {
    JdbcCacheBuilder<String, String> builder = JdbcTaggedCache.builder("orders", node);
    return builder.keyCodec(KeyCodec.strings()).maximumStaleness(SILENCE, policy).build();
  }

  @Test
  void invalidateTags_isAppliedHereAtOnceAndThereSoonAfter() {
    try (var mine = on(here);
        var theirs = on(there)) {
      mine.get("a", counting(ORDER_1));
      theirs.get("a", counting(ORDER_1));
      mine.invalidateTags(ORDER_1);
      assertThat(mine.getIfPresent("a")).isNull();
      await().atMost(PATIENCE).until(() -> theirs.getIfPresent("a") == null);
      assertThat(mine.stats().invalidations()).isEqualTo(1);
      assertThat(theirs.stats().invalidations()).isEqualTo(1);
    }
  }

  @Test
  void awaitApplied_ofAnothersToken_makesItsWriteVisible() throws Exception {
    try (var mine = on(here);
        var theirs = on(there)) {
      for (int i = 0; i < 20; i++) {
        theirs.get("a", counting(ORDER_1));
        ChangeToken token = mine.invalidateTags(ORDER_1);
        assertThat(theirs.awaitApplied(token, PATIENCE)).isTrue();
        assertThat(theirs.getIfPresent("a")).isNull();
      }
    }
  }

  @Test
  void own_invalidation_isNotAppliedASecondTimeByThePoll() throws Exception {
    try (var mine = on(here)) {
      ChangeToken token = mine.invalidateTags(ORDER_1);
      mine.get("a", counting(ORDER_1));
      assertThat(mine.awaitApplied(token, PATIENCE)).isTrue();
      assertThat(mine.awaitApplied(here.changes().now(), PATIENCE)).isTrue();
      assertThat(mine.getIfPresent("a")).isEqualTo("v1");
      assertThat(mine.stats().invalidations()).isEqualTo(1);
    }
  }

  @Test
  void invalidateKeyAndAll_reachTheOtherNode() throws Exception {
    try (var mine = on(here);
        var theirs = on(there)) {
      theirs.get("a", counting());
      theirs.get("b", counting());
      assertThat(theirs.awaitApplied(mine.invalidate("a"), PATIENCE)).isTrue();
      assertThat(theirs.getIfPresent("a")).isNull();
      assertThat(theirs.getIfPresent("b")).isEqualTo("v2");
      assertThat(theirs.awaitApplied(mine.invalidateAll(), PATIENCE)).isTrue();
      assertThat(theirs.getIfPresent("b")).isNull();
    }
  }

  @Test
  void invalidate_withoutAKeyCodec_isRefused() {
    try (JdbcTaggedCache<String, String> cache =
        JdbcTaggedCache.<String, String>builder("orders", here).build()) {
      cache.get("a", counting());
      assertThatThrownBy(() -> cache.invalidate("a"))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("keyCodec");
      assertThat(cache.getIfPresent("a")).isEqualTo("v1");
    }
  }

  @Test
  void invalidateTags_inATransaction_takesEffectWithItsCommit() throws Exception {
    try (var mine = on(here);
        var theirs = on(there);
        Connection transaction = database.connect()) {
      mine.get("a", counting(ORDER_1));
      theirs.get("a", counting(ORDER_1));
      transaction.setAutoCommit(false);
      PendingChange pending = mine.invalidateTags(transaction, ORDER_1);
      assertThat(theirs.awaitApplied(there.changes().now(), PATIENCE)).isTrue();
      assertThat(mine.getIfPresent("a")).isEqualTo("v1");
      assertThat(theirs.getIfPresent("a")).isEqualTo("v2");
      transaction.commit();
      pending.committed();
      assertThat(mine.getIfPresent("a")).isNull();
      assertThat(theirs.awaitApplied(there.changes().now(), PATIENCE)).isTrue();
      assertThat(theirs.getIfPresent("a")).isNull();
    }
  }

  @Test
  void invalidateTags_committedAfterLaterOnesWereApplied_isNotLost() throws Exception {
    try (var mine = on(here);
        var theirs = on(there);
        Connection slow = database.connect()) {
      theirs.get("a", counting(ORDER_1));
      theirs.get("b", counting(ORDER_2));
      slow.setAutoCommit(false);
      PendingChange pending = mine.invalidateTags(slow, ORDER_1);
      assertThat(theirs.awaitApplied(mine.invalidateTags(ORDER_2), PATIENCE)).isTrue();
      assertThat(theirs.getIfPresent("a")).isEqualTo("v1");
      assertThat(theirs.getIfPresent("b")).isNull();
      slow.commit();
      pending.committed();
      assertThat(theirs.awaitApplied(there.changes().now(), PATIENCE)).isTrue();
      assertThat(theirs.getIfPresent("a")).isNull();
      assertThat(theirs.stats().invalidations()).isEqualTo(2);
    }
  }

  @Test
  void restoredDatabase_voidsWhatWasCached() throws Exception {
    try (var mine = on(here);
        var theirs = on(there)) {
      ChangeToken token = mine.invalidateTags(ORDER_2);
      mine.invalidateTags(ORDER_2);
      assertThat(theirs.awaitApplied(there.changes().now(), PATIENCE)).isTrue();
      theirs.get("a", counting(ORDER_1));
      assertThat(theirs.getIfPresent("a")).isEqualTo("v1");
      database.execute("DELETE FROM occ_change WHERE id > " + token.position());
      await().atMost(PATIENCE).until(() -> theirs.getIfPresent("a") == null);
    }
  }

  @Test
  void invalidateTags_inATransactionThatRollsBack_neverTakesEffect() throws Exception {
    try (var mine = on(here);
        var theirs = on(there);
        Connection transaction = database.connect()) {
      mine.get("a", counting(ORDER_1));
      theirs.get("a", counting(ORDER_1));
      transaction.setAutoCommit(false);
      PendingChange dropped = mine.invalidateTags(transaction, ORDER_1);
      assertThat(dropped).isNotNull();
      transaction.rollback();
      for (var cache : List.of(mine, theirs)) {
        assertThat(cache.awaitApplied(here.changes().now(), PATIENCE)).isTrue();
        assertThat(cache.getIfPresent("a")).isNotNull();
      }
    }
  }

  @Test
  void invalidateTags_whoseCommitIsNotReported_isAppliedByThePoll() throws Exception {
    try (var mine = on(here);
        Connection transaction = database.connect()) {
      mine.get("a", counting(ORDER_1));
      transaction.setAutoCommit(false);
      PendingChange forgotten = mine.invalidateTags(transaction, ORDER_1);
      assertThat(forgotten).isNotNull();
      transaction.commit();
      assertThat(mine.awaitApplied(here.changes().now(), PATIENCE)).isTrue();
      assertThat(mine.getIfPresent("a")).isNull();
    }
  }

  @Test
  void invalidateTags_inATransactionOfNoTags_writesNothing() throws Exception {
    try (var mine = on(here);
        Connection transaction = database.connect()) {
      transaction.setAutoCommit(false);
      mine.get("a", counting(ORDER_1));
      mine.invalidateTags(transaction).committed();
      transaction.commit();
      assertThat(mine.awaitApplied(here.changes().now(), PATIENCE)).isTrue();
      assertThat(mine.getIfPresent("a")).isEqualTo("v1");
    }
  }

  @Test
  void invalidateTags_onAnAutoCommitConnection_isRefused() throws Exception {
    try (var mine = on(here);
        Connection connection = database.connect()) {
      assertThatThrownBy(() -> mine.invalidateTags(connection, ORDER_1))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void get_withinATransactionThatInvalidated_readsItsOwnWriteAndShowsItToNobody() throws Exception {
    try (var mine = on(here);
        Connection transaction = database.connect()) {
      mine.get("a", counting(ORDER_1));
      mine.get("b", counting(ORDER_2));
      transaction.setAutoCommit(false);
      PendingInvalidation pending = mine.invalidateTags(transaction, ORDER_1);
      assertThat(mine.get("a", pending.reads(), counting(ORDER_1))).isEqualTo("v3");
      assertThat(mine.get("b", pending.reads(), counting(ORDER_2))).isEqualTo("v2");
      assertThat(mine.getIfPresent("a")).as("what others see").isEqualTo("v1");
      transaction.commit();
      pending.committed();
      assertThat(mine.getIfPresent("a")).isNull();
    }
  }

  @Test
  void get_atLeastAnothersToken_neverAnswersWithWhatItsWriteMadeVoid() {
    try (var mine = on(here);
        var theirs = on(there)) {
      for (int i = 0; i < 20; i++) {
        String old = theirs.get("a", counting(ORDER_1));
        ReadOptions read = ReadOptions.atLeast(mine.invalidateTags(ORDER_1));
        assertThat(theirs.get("a", read, counting(ORDER_1))).isNotEqualTo(old);
      }
    }
  }

  @Test
  void get_atLeastAToken_withoutContact_loads() {
    try (var mine = on(here);
        var theirs = on(there, StalenessPolicy.SERVE_STALE)) {
      theirs.get("a", counting(ORDER_1));
      ReadOptions read = ReadOptions.atLeast(mine.invalidateTags(ORDER_2));
      cut.set(true);
      assertThat(theirs.get("a", read, counting(ORDER_1))).isEqualTo("v2");
      assertThat(theirs.stats().missesBypassed()).isEqualTo(1);
    }
  }

  @Test
  void exchangedDatabase_voidsWhatWasCachedAndIsCounted() throws Exception {
    try (var mine = on(here)) {
      mine.get("a", counting(ORDER_1));
      database.execute("UPDATE occ_meta SET incarnation = '" + UUID.randomUUID() + "'");
      await().atMost(PATIENCE).until(() -> mine.getIfPresent("a") == null);
      assertThat(mine.health().flushes()).isEqualTo(1);
      assertThat(mine.health().lastFlush()).contains("exchanged");
    }
  }

  @Test
  void lostContact_withBypass_loadsUntilContactIsBack() {
    try (var mine = on(here);
        var theirs = on(there)) {
      theirs.get("a", counting(ORDER_1));
      cut.set(true);
      await()
          .atMost(PATIENCE)
          .until(() -> theirs.health().state() == CacheHealth.State.LOST_CONTACT);
      assertThat(theirs.health().lag()).isGreaterThan(SILENCE);
      assertThat(theirs.getIfPresent("a")).isNull();
      assertThat(theirs.get("a", counting(ORDER_1))).isEqualTo("v2");
      assertThat(theirs.get("a", counting(ORDER_1))).isEqualTo("v3");
      assertThat(theirs.stats().missesOutOfContact()).isEqualTo(3);
      mine.invalidateTags(ORDER_1);
      cut.set(false);
      await().atMost(PATIENCE).until(() -> theirs.health().state() == CacheHealth.State.FOLLOWING);
      assertThat(theirs.getIfPresent("a")).as("what was invalidated meanwhile").isNull();
      assertThat(theirs.get("a", counting(ORDER_1))).isEqualTo("v4");
      assertThat(theirs.getIfPresent("a")).isEqualTo("v4");
    }
  }

  @Test
  void lostContact_withFail_throws() {
    try (var theirs = on(there, StalenessPolicy.FAIL)) {
      theirs.get("a", counting(ORDER_1));
      cut.set(true);
      await()
          .atMost(PATIENCE)
          .until(() -> theirs.health().state() == CacheHealth.State.LOST_CONTACT);
      assertThatThrownBy(() -> theirs.getIfPresent("a"))
          .isInstanceOf(StoreUnavailableException.class)
          .hasMessageContaining("orders");
      assertThatThrownBy(() -> theirs.get("b", counting()))
          .isInstanceOf(StoreUnavailableException.class);
    }
  }

  @Test
  void lostContact_withServeStale_servesAndCountsIt() {
    try (var theirs = on(there, StalenessPolicy.SERVE_STALE)) {
      theirs.get("a", counting(ORDER_1));
      cut.set(true);
      await()
          .atMost(PATIENCE)
          .until(() -> theirs.health().state() == CacheHealth.State.LOST_CONTACT);
      assertThat(theirs.getIfPresent("a")).isEqualTo("v1");
      assertThat(theirs.stats().staleServed()).isEqualTo(1);
    }
  }

  @Test
  void maximumStaleness_shorterThanTwoPolls_isRefused() {
    assertThatThrownBy(
            () ->
                JdbcTaggedCache.<String, String>builder("orders", here)
                    .maximumStaleness(Duration.ofMillis(150), StalenessPolicy.FAIL)
                    .build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("poll");
  }

  /** A way to the database that a test can cut. */
  private static final class CuttableDataSource extends DelegatingDataSource {
    private final AtomicBoolean cut;

    CuttableDataSource(DataSource target, AtomicBoolean cut) {
      super(target);
      this.cut = cut;
    }

    @Override
    public Connection getConnection() throws SQLException {
      if (cut.get()) {
        throw new SQLException("cut by the test", "08001");
      }
      return super.getConnection();
    }
  }
}
