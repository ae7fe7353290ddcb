/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.occ4j.change.Change;
import org.occ4j.change.ChangeFollower;
import org.occ4j.change.ChangeLog;
import org.occ4j.change.ChangeToken;
import org.occ4j.testkit.ChangeFeedContract;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.TestDatabase;

/** The contract over H2, and what only a database can do: late commits, rollbacks, other nodes. */
class H2ChangeLogTest extends ChangeFeedContract {

  private static final Duration LONG = Duration.ofSeconds(60);
  private static final Duration INTERVAL = Duration.ofMillis(20);

  private final List<OccDatabase> opened = new CopyOnWriteArrayList<>();
  private TestDatabase database;
  private Connection keepsDatabaseAlive;

  /** Collects keys, and what was missed. */
  private static final class Keys implements ChangeFollower {
    private final List<String> told = new CopyOnWriteArrayList<>();
    private final List<String> missed = new CopyOnWriteArrayList<>();

    @Override
    public void changed(Change change) {
      told.add(change.key());
    }

    @Override
    public void missed(String reason) {
      missed.add(reason);
    }
  }

  @BeforeEach
  @Override
  protected void openLog() throws Exception {
    database = Engine.H2_MEMORY.server().newDatabase();
    keepsDatabaseAlive = database.connect();
    OccDatabase.builder(database.dataSource()).createSchema();
    super.openLog();
  }

  @AfterEach
  void close() throws SQLException {
    opened.forEach(OccDatabase::close);
    keepsDatabaseAlive.close();
  }

  @Override
  protected ChangeLog open(int maxBacklog) {
    return new ChangeLogTable(node().context(), INTERVAL, maxBacklog);
  }

  private OccDatabase node() {
    OccDatabase node = OccDatabase.builder(database.dataSource()).pollInterval(INTERVAL).open();
    opened.add(node);
    return node;
  }

  @Test
  void publish_onAnotherNode_isToldWithinThePollInterval() {
    Keys here = new Keys();
    node().changes().follow(here);
    node().changes().publish("test", Change.Kind.PUT, "k", 1, null, Set.of());
    await().atMost(LONG).until(() -> here.told.equals(List.of("k")));
  }

  @Test
  void append_committed_isToldHereAtOnceAndOnce() throws Exception {
    JdbcChangeLog log = node().changes();
    Keys direct = new Keys();
    log.followDirectly(direct);
    try (Connection transaction = database.connect()) {
      transaction.setAutoCommit(false);
      PendingChange pending = append(log, transaction, "k");
      assertThat(direct.told).isEmpty();
      transaction.commit();
      pending.committed();
    }
    assertThat(direct.told).containsExactly("k");
    log.poll();
    log.poll();
    assertThat(direct.told).containsExactly("k");
  }

  @Test
  void append_committedWithoutTheHook_isToldByThePoll() throws Exception {
    JdbcChangeLog log = node().changes();
    Keys direct = new Keys();
    log.followDirectly(direct);
    try (Connection transaction = database.connect()) {
      transaction.setAutoCommit(false);
      append(log, transaction, "k");
      transaction.commit();
    }
    log.poll();
    assertThat(direct.told).containsExactly("k");
  }

  @Test
  void append_rolledBack_isNeverTold() throws Exception {
    JdbcChangeLog log = node().changes();
    Keys direct = new Keys();
    log.followDirectly(direct);
    try (Connection transaction = database.connect()) {
      transaction.setAutoCommit(false);
      append(log, transaction, "lost");
      transaction.rollback();
      append(log, transaction, "kept");
      transaction.commit();
    }
    log.poll();
    assertThat(direct.told).containsExactly("kept");
  }

  @Test
  void append_committedAfterLaterRowsWereRead_isNotLost() throws Exception {
    JdbcChangeLog writer = node().changes();
    JdbcChangeLog reader = node().changes();
    Keys there = new Keys();
    reader.followDirectly(there);
    try (Connection slow = database.connect()) {
      slow.setAutoCommit(false);
      append(writer, slow, "early number, late commit");
      writer.publish("test", Change.Kind.PUT, "late number, early commit", 1, null, Set.of());
      reader.poll();
      assertThat(there.told).containsExactly("late number, early commit");
      slow.commit();
    }
    reader.poll();
    assertThat(there.told)
        .containsExactly("late number, early commit", "early number, late commit");
  }

  @Test
  void follow_whileATransactionIsOpen_hearsItsCommit() throws Exception {
    JdbcChangeLog log = node().changes();
    Keys there = new Keys();
    try (Connection slow = database.connect()) {
      slow.setAutoCommit(false);
      log.publish("test", Change.Kind.PUT, "before", 1, null, Set.of());
      append(log, slow, "open");
      log.publish("test", Change.Kind.PUT, "also before", 1, null, Set.of());
      JdbcChangeLog late = node().changes();
      late.followDirectly(there);
      slow.commit();
      late.poll();
    }
    assertThat(there.told).containsExactly("open");
  }

  @Test
  void append_autoCommit_isRefused() throws Exception {
    try (Connection connection = database.connect()) {
      assertThatThrownBy(() -> append(node().changes(), connection, "k"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("auto-commit");
    }
  }

  @Test
  void awaitApplied_tokenOfAnotherNode_isTrueOnceItWasToldHere() throws Exception {
    JdbcChangeLog here = node().changes();
    Keys direct = new Keys();
    here.followDirectly(direct);
    ChangeToken token = node().changes().publish("test", Change.Kind.PUT, "k", 1, null, Set.of());
    assertThat(here.awaitApplied(token, LONG)).isTrue();
    assertThat(direct.told).containsExactly("k");
  }

  @Test
  void poll_fromAFollower_isRefusedInsteadOfWaitingForItself() {
    JdbcChangeLog log = node().changes();
    List<Throwable> refused = new CopyOnWriteArrayList<>();
    log.followDirectly(
        change -> {
          try {
            log.poll();
          } catch (IllegalStateException e) {
            refused.add(e);
          }
        });
    node().changes().publish("test", Change.Kind.PUT, "k", 1, null, Set.of());
    log.poll();
    assertThat(refused).hasSize(1);
  }

  @Test
  void purge_recentRows_areKept() {
    JdbcChangeLog log = node().changes();
    log.publish("test", Change.Kind.PUT, "k", 1, null, Set.of());
    assertThat(log.purge(100)).isZero();
  }

  @Test
  void purge_oldRows_goInBoundedBatchesButNeverTheNewest() throws SQLException {
    JdbcChangeLog log = node().changes();
    for (int i = 0; i < 5; i++) {
      log.publish("test", Change.Kind.PUT, "k" + i, 1, null, Set.of());
    }
    database.execute("UPDATE occ_change SET created_at = 0");
    assertThat(log.purge(3)).isEqualTo(3);
    assertThat(log.purge(3)).isEqualTo(1);
    assertThat(log.purge(3)).isZero();
  }

  private static PendingChange append(JdbcChangeLog log, Connection transaction, String key) {
    return log.append(transaction, "test", Change.Kind.PUT, key, 1, null, Set.of());
  }
}
