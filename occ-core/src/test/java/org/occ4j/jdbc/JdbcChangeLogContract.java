/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.occ4j.testkit.Patience.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.StoreUnavailableException;
import org.occ4j.change.Change;
import org.occ4j.change.ChangeDraft;
import org.occ4j.change.ChangeLog;
import org.occ4j.change.ChangeToken;
import org.occ4j.change.Subscription;
import org.occ4j.store.VersionedStore;
import org.occ4j.testkit.CapturedLog;
import org.occ4j.testkit.ChangeFeedContract;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.FakeTicker;
import org.occ4j.testkit.RecordingFollower;
import org.occ4j.testkit.TestDatabase;

/**
 * The contract over a database, and what only a database can do: late commits, rollbacks, killed
 * writers, other nodes, restored databases.
 */
abstract class JdbcChangeLogContract extends ChangeFeedContract {
  static final Duration LONG = Duration.ofSeconds(60);

  /** Polls come when they are asked for: one by the clock would race with what is counted. */
  private static final Duration NEVER = Duration.ofHours(1);

  /** One database for the tests of a class; each finds its tables empty. */
  private static @Nullable TestDatabase database;

  private static @Nullable HikariDataSource pool;

  private final Engine engine;
  private final List<AutoCloseable> opened = new ArrayList<>();

  JdbcChangeLogContract(Engine engine) {
    this.engine = engine;
  }

  @BeforeEach
  @Override
  protected void openLog() throws Exception {
    if (pool == null) {
      database = engine.server().newDatabase();
      pool = database.pool(8);
      OccDatabase.builder(pool).createSchema().open().close();
      database.execute("CREATE TABLE other (id INT PRIMARY KEY)");
    }
    database.execute("DELETE FROM occ_change", "DELETE FROM other");
    super.openLog();
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable one : opened) {
      one.close();
    }
  }

  @AfterAll
  static void closePool() {
    pool.close();
    pool = null;
  }

  @Override
  protected ChangeLog open(int maxBacklog) {
    ChangeLogTable log =
        new ChangeLogTable(node().context(), node().dialects(), NEVER, false, maxBacklog);
    opened.add(log);
    return log;
  }

  TestDatabase database() {
    return database;
  }

  /** Ends the transaction of this connection as if its process had been killed. */
  abstract void kill(Connection victim) throws SQLException;

  OccDatabase node() {
    return node(OccDatabase.builder(pool).pollInterval(NEVER));
  }

  OccDatabase node(OccDatabaseBuilder builder) {
    OccDatabase node = builder.open();
    opened.add(0, node);
    return node;
  }

  static ChangeToken publish(ChangeLog log, String key) {
    return log.publish(new ChangeDraft("test", Change.Kind.PUT, key, 1, null, Set.of()));
  }

  static PendingChange append(JdbcChangeLog log, Connection transaction, String key) {
    return log.append(
        transaction, new ChangeDraft("test", Change.Kind.PUT, key, 1, null, Set.of()));
  }

  Connection transaction() throws SQLException {
    Connection transaction = database.connect();
    transaction.setAutoCommit(false);
    return transaction;
  }

  // ---- writers and their transactions

  @Test
  void publish_onAnotherNode_isToldWithinThePollInterval() {
    RecordingFollower here = new RecordingFollower();
    node(OccDatabase.builder(pool).pollInterval(Duration.ofMillis(20))).changes().follow(here);
    publish(node().changes(), "k");
    await().atMost(LONG).until(() -> here.keys().equals(List.of("k")));
  }

  @Test
  void append_committed_isToldHereAtOnceAndOnce() throws Exception {
    JdbcChangeLog log = node().changes();
    RecordingFollower direct = new RecordingFollower();
    log.followDirectly(direct);
    try (Connection transaction = transaction()) {
      PendingChange pending = append(log, transaction, "k");
      assertThat(direct.keys()).isEmpty();
      transaction.commit();
      pending.committed();
    }
    assertThat(direct.keys()).containsExactly("k");
    log.poll();
    log.poll();
    assertThat(direct.keys()).containsExactly("k");
  }

  @Test
  void append_metByThePollBeforeItsWriterReports_isToldOnce() throws Exception {
    JdbcChangeLog log = node().changes();
    RecordingFollower direct = new RecordingFollower();
    log.followDirectly(direct);
    try (Connection transaction = transaction()) {
      PendingChange pending = append(log, transaction, "k");
      transaction.commit();
      log.poll();
      assertThat(direct.keys()).containsExactly("k");
      pending.committed();
    }
    log.poll();
    assertThat(direct.keys()).containsExactly("k");
  }

  @Test
  void append_rolledBack_isNeverTold() throws Exception {
    JdbcChangeLog log = node().changes();
    RecordingFollower direct = new RecordingFollower();
    log.followDirectly(direct);
    try (Connection transaction = transaction()) {
      append(log, transaction, "lost");
      transaction.rollback();
      append(log, transaction, "kept");
      transaction.commit();
    }
    log.poll();
    assertThat(direct.keys()).containsExactly("kept");
  }

  @Test
  void append_rolledBackToASavepoint_tellsTheRest() throws Exception {
    JdbcChangeLog log = node().changes();
    RecordingFollower direct = new RecordingFollower();
    log.followDirectly(direct);
    try (Connection transaction = transaction()) {
      append(log, transaction, "before");
      Savepoint lost = transaction.setSavepoint();
      append(log, transaction, "lost");
      transaction.rollback(lost);
      Savepoint kept = transaction.setSavepoint();
      append(log, transaction, "kept");
      transaction.releaseSavepoint(kept);
      publish(node().changes(), "meanwhile");
      log.poll();
      transaction.commit();
    }
    log.poll();
    assertThat(direct.keys()).containsExactly("meanwhile", "before", "kept");
  }

  @Test
  void append_committedAfterLaterRowsWereRead_isNotLost() throws Exception {
    JdbcChangeLog writer = node().changes();
    JdbcChangeLog reader = node().changes();
    RecordingFollower there = new RecordingFollower();
    reader.followDirectly(there);
    try (Connection slow = transaction()) {
      append(writer, slow, "early number, late commit");
      publish(writer, "late number, early commit");
      reader.poll();
      assertThat(there.keys()).containsExactly("late number, early commit");
      slow.commit();
    }
    reader.poll();
    reader.poll();
    assertThat(there.keys())
        .containsExactly("late number, early commit", "early number, late commit");
  }

  @Test
  void append_inATransactionThatWroteOtherThingsLongBefore_isNotLost() throws Exception {
    JdbcChangeLog log = node().changes();
    RecordingFollower there = new RecordingFollower();
    log.followDirectly(there);
    try (Connection slow = transaction();
        PreparedStatement other = slow.prepareStatement("INSERT INTO other VALUES (1)")) {
      other.executeUpdate();
      publish(node().changes(), "a");
      log.poll();
      publish(node().changes(), "b");
      append(log, slow, "slow");
      log.poll();
      publish(node().changes(), "c");
      log.poll();
      slow.commit();
    }
    log.poll();
    assertThat(there.keys()).containsExactly("a", "b", "c", "slow");
  }

  @Test
  void append_byAWriterThatIsKilled_isNeverToldAndHoldsNothingUp() throws Exception {
    JdbcChangeLog log = node().changes();
    RecordingFollower there = new RecordingFollower();
    log.followDirectly(there);
    try (Connection victim = transaction()) {
      append(log, victim, "lost");
      publish(node().changes(), "meanwhile");
      log.poll();
      kill(victim);
      victim.abort(Runnable::run); // or closing it would complain
    }
    ChangeToken after = publish(node().changes(), "after");
    assertThat(log.awaitApplied(after, LONG)).isTrue();
    log.poll();
    assertThat(there.keys()).containsExactly("meanwhile", "after");
  }

  @Test
  void append_autoCommit_isRefused() throws Exception {
    try (Connection connection = database.connect()) {
      assertThatThrownBy(() -> append(node().changes(), connection, "k"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("auto-commit");
    }
  }

  // ---- followers

  @Test
  void follow_whileATransactionIsOpen_hearsItsCommit() throws Exception {
    JdbcChangeLog log = node().changes();
    RecordingFollower there = new RecordingFollower();
    try (Connection slow = transaction()) {
      append(log, slow, "open");
      publish(log, "before");
      JdbcChangeLog late = node().changes();
      late.followDirectly(there);
      slow.commit();
      late.poll();
    }
    assertThat(there.keys()).containsExactly("open");
  }

  @Test
  void twoNodes_hearEachOthersChangesAndTheirOwnOnce() {
    List<JdbcChangeLog> nodes = List.of(node().changes(), node().changes());
    List<RecordingFollower> ordered = List.of(new RecordingFollower(), new RecordingFollower());
    List<RecordingFollower> direct = List.of(new RecordingFollower(), new RecordingFollower());
    for (int i = 0; i < 2; i++) {
      nodes.get(i).follow(ordered.get(i));
      nodes.get(i).followDirectly(direct.get(i));
    }
    List<String> keys = IntStream.range(0, 20).mapToObj(i -> "k" + i).toList();
    for (int i = 0; i < 20; i++) {
      publish(nodes.get(i % 2), keys.get(i));
    }
    for (int i = 0; i < 2; i++) {
      int node = i;
      nodes.get(i).poll();
      await().atMost(LONG).until(() -> ordered.get(node).keys().equals(keys));
      assertThat(direct.get(i).keys()).containsExactlyInAnyOrderElementsOf(keys);
    }
  }

  @Test
  void poll_moreThanSeveralBatches_tellsEachOnceInOrder() throws Exception {
    JdbcChangeLog log = node().changes();
    RecordingFollower there = new RecordingFollower();
    log.followDirectly(there);
    try (Connection late = transaction()) {
      append(log, late, "late");
      insertBulk(2_500);
      log.poll();
      assertThat(there.changes()).hasSize(2_500);
      late.commit();
    }
    insertBulk(1_000);
    log.poll();
    log.poll();
    assertThat(there.changes()).hasSize(3_501);
    assertThat(there.keys().get(2_500)).isEqualTo("late");
    assertThat(there.changes().stream().map(change -> change.token().position()).distinct())
        .hasSize(3_501);
    assertThat(there.missed()).isEmpty();
  }

  @Test
  void poll_manyLateRows_tellsEachOnceInOrder() throws Exception {
    JdbcChangeLog log = node().changes();
    RecordingFollower there = new RecordingFollower();
    log.followDirectly(there);
    try (Connection late = transaction()) {
      for (int i = 0; i < 20; i++) {
        append(log, late, "late" + i);
        publish(node().changes(), "early" + i);
      }
      log.poll();
      late.commit();
    }
    log.poll();
    assertThat(there.keys().subList(0, 20)).allMatch(key -> key.startsWith("early"));
    assertThat(there.keys().subList(20, 40))
        .containsExactlyElementsOf(IntStream.range(0, 20).mapToObj(i -> "late" + i).toList());
  }

  /** Inserts rows in one transaction, as a node that is not of this JVM would. */
  private void insertBulk(int count) throws SQLException {
    try (Connection bulk = transaction();
        PreparedStatement insert =
            bulk.prepareStatement(
                "INSERT INTO occ_change (source, kind, item_key, version, tags, node, created_at)"
                    + " VALUES ('bulk', 1, 'b', ?, '', 'elsewhere', 0)")) {
      for (int i = 0; i < count; i++) {
        insert.setInt(1, i);
        insert.addBatch();
      }
      insert.executeBatch();
      bulk.commit();
    }
  }

  @Test
  void poll_fromAFollower_isRefusedInsteadOfWaitingForItself() {
    JdbcChangeLog log = node().changes();
    List<Throwable> refused = new ArrayList<>();
    log.followDirectly(
        change -> {
          try {
            log.poll();
          } catch (IllegalStateException e) {
            refused.add(e);
          }
        });
    publish(node().changes(), "k");
    log.poll();
    assertThat(refused).hasSize(1);
  }

  // ---- tokens

  @Test
  void awaitApplied_tokenOfAnotherNode_isTrueOnceItWasToldHere() throws Exception {
    JdbcChangeLog here = node().changes();
    RecordingFollower direct = new RecordingFollower();
    here.followDirectly(direct);
    ChangeToken token = publish(node().changes(), "k");
    assertThat(here.awaitApplied(token, LONG)).isTrue();
    assertThat(direct.keys()).containsExactly("k");
  }

  @Test
  void awaitApplied_tokenOfALateCommit_isTrueOnceItWasToldHere() throws Exception {
    JdbcChangeLog here = node().changes();
    JdbcChangeLog there = node().changes();
    RecordingFollower direct = new RecordingFollower();
    here.followDirectly(direct);
    try (Connection slow = transaction()) {
      append(there, slow, "late");
      assertThat(here.awaitApplied(publish(there, "k"), LONG)).isTrue();
      slow.commit();
    }
    assertThat(here.awaitApplied(here.now(), LONG)).isTrue();
    assertThat(direct.keys()).containsExactly("k", "late");
  }

  // ---- faults

  @Test
  void poll_whoseAnswerIsLost_losesNoRow() throws Exception {
    FaultyDataSource faulty = new FaultyDataSource(withoutAutoCommit());
    JdbcChangeLog log = node(OccDatabase.builder(faulty).pollInterval(NEVER)).changes();
    RecordingFollower there = new RecordingFollower();
    log.followDirectly(there);
    publish(node().changes(), "k");
    faulty.failBefore("commit", new SQLException("cut by the test", "08006"));
    assertThatThrownBy(log::poll).isInstanceOf(StoreUnavailableException.class);
    assertThat(there.keys()).isEmpty();
    log.poll();
    assertThat(there.keys()).containsExactly("k");
  }

  @Test
  void poll_overAPoolWithoutAutoCommitUnderRepeatableRead_readsFresh() {
    JdbcChangeLog log =
        node(OccDatabase.builder(withoutAutoCommit()).pollInterval(NEVER)).changes();
    RecordingFollower there = new RecordingFollower();
    log.followDirectly(there);
    for (int i = 1; i <= 3; i++) {
      publish(node().changes(), "k" + i);
      log.poll();
      assertThat(there.changes()).hasSize(i);
    }
  }

  private DataSource withoutAutoCommit() {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(database.jdbcUrl());
    config.setUsername(database.user());
    config.setPassword(database.password());
    config.setMaximumPoolSize(1);
    config.setAutoCommit(false);
    config.setTransactionIsolation("TRANSACTION_REPEATABLE_READ");
    HikariDataSource repeatable = new HikariDataSource(config);
    opened.add(repeatable);
    return repeatable;
  }

  @Test
  void poll_afterTheDatabaseWasRestored_saysMissedAndGoesOn() throws Exception {
    JdbcChangeLog log = node().changes();
    RecordingFollower there = new RecordingFollower();
    log.followDirectly(there);
    ChangeToken kept = publish(node().changes(), "kept");
    publish(node().changes(), "undone");
    log.poll();
    database.execute("DELETE FROM occ_change WHERE id > " + kept.position());
    log.poll();
    assertThat(there.missed()).containsExactly("the database was restored to an earlier state");
    publish(node().changes(), "after");
    log.poll();
    assertThat(there.keys()).containsExactly("kept", "undone", "after");
    assertThat(there.missed()).hasSize(1);
  }

  @Test
  @ResourceLock(Resources.SYSTEM_ERR)
  void watch_afterTheDatabaseWasRestored_saysInTheLogThatChangesWereMissed() throws Exception {
    OccDatabase node = node();
    VersionedStore<String, String> store =
        node.store("notes", KeyCodec.strings(), Codec.strings()).recordChanges(true);
    try (CapturedLog captured = new CapturedLog();
        Subscription watching = store.watch(change -> {})) {
      store.put("a", "1", Expected.any());
      store.put("a", "2", Expected.any());
      node.changes().poll();
      database.execute("DELETE FROM occ_change");
      node.changes().poll();
      await()
          .untilAsserted(
              () ->
                  assertThat(captured.lines())
                      .anyMatch(line -> line.contains("A watcher of store notes missed changes")));
    }
  }

  @Test
  void poll_afterTheDatabaseWasExchanged_saysMissedAndNamesTheNewLife() throws Exception {
    JdbcChangeLog log = node().changes();
    RecordingFollower there = new RecordingFollower();
    log.followDirectly(there);
    ChangeToken old = publish(log, "old");
    UUID life = UUID.randomUUID();
    database.execute("UPDATE occ_meta SET incarnation = '" + life + "'");
    log.poll();
    assertThat(there.missed()).containsExactly("the database was exchanged");
    assertThat(log.awaitApplied(old, LONG)).isFalse();
    ChangeToken fresh = publish(log, "fresh");
    assertThat(fresh.incarnation()).isEqualTo(life);
    assertThat(log.awaitApplied(fresh, LONG)).isTrue();
    assertThat(there.keys()).containsExactly("old", "fresh");
  }

  @Test
  void poll_afterANodeWasAwayForTooLong_saysMissedAndGoesOn() {
    FakeTicker ticker = new FakeTicker();
    JdbcChangeLog log =
        node(OccDatabase.builder(pool).pollInterval(NEVER).ticker(ticker)).changes();
    RecordingFollower there = new RecordingFollower();
    log.followDirectly(there);
    publish(node().changes(), "may be purged by now");
    ticker.advance(Duration.ofMinutes(6));
    log.poll();
    assertThat(there.missed())
        .containsExactly("this node was away for longer than changes are kept");
    assertThat(there.keys()).isEmpty();
    publish(node().changes(), "after");
    ticker.advance(Duration.ofMinutes(4));
    log.poll();
    assertThat(there.keys()).containsExactly("after");
    assertThat(there.missed()).hasSize(1);
  }

  // ---- purge

  @Test
  void purge_recentRows_areKept() {
    JdbcChangeLog log = node().changes();
    publish(log, "k");
    publish(log, "k");
    assertThat(log.purge(100)).isZero();
  }

  @Test
  void purge_oldRows_goInBoundedBatchesButNeverTheNewest() throws SQLException {
    JdbcChangeLog log = node().changes();
    for (int i = 0; i < 5; i++) {
      publish(log, "k" + i);
    }
    database.execute("UPDATE occ_change SET created_at = 0");
    assertThat(log.purge(3)).isEqualTo(3);
    assertThat(log.purge(3)).isEqualTo(1);
    assertThat(log.purge(3)).isZero();
  }

  @Test
  void purge_ofEverythingButTheNewest_isNotTakenForARestoredDatabase() throws SQLException {
    JdbcChangeLog log = node().changes();
    RecordingFollower there = new RecordingFollower();
    log.followDirectly(there);
    for (int i = 0; i < 5; i++) {
      publish(node().changes(), "k" + i);
    }
    log.poll();
    database.execute("UPDATE occ_change SET created_at = 0");
    assertThat(log.purge(100)).isEqualTo(4);
    log.poll();
    assertThat(there.missed()).isEmpty();
    assertThat(there.changes()).hasSize(5);
  }

  /** A range would wait for the open transaction, and the poller with it. */
  @Test
  void purge_whileATransactionHasARowAmongTheOldOnes_doesNotWaitForIt() throws Exception {
    JdbcChangeLog log = node().changes();
    RecordingFollower there = new RecordingFollower();
    log.followDirectly(there);
    ChangeToken first = publish(log, "first");
    try (Connection slow = transaction()) {
      append(log, slow, "open");
      ChangeToken second = publish(log, "second");
      publish(log, "newest");
      for (ChangeToken old : List.of(first, second)) {
        database.execute("UPDATE occ_change SET created_at = 0 WHERE id = " + old.position());
      }
      assertThat(log.purge(100)).isEqualTo(2);
      slow.commit();
    }
    log.poll();
    assertThat(there.keys()).containsExactlyInAnyOrder("first", "second", "newest", "open");
  }
}
