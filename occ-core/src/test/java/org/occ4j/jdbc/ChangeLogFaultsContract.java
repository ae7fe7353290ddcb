/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.occ4j.testkit.Patience.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.SQLException;
import java.time.Duration;
import java.util.UUID;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.StoreUnavailableException;
import org.occ4j.change.ChangeToken;
import org.occ4j.change.Subscription;
import org.occ4j.store.VersionedStore;
import org.occ4j.testkit.CapturedLog;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.FakeTicker;
import org.occ4j.testkit.RecordingFollower;

/**
 * A follower of a log whose answers are lost, or whose database was restored or exchanged, hears
 * every change or that it missed some.
 */
abstract class ChangeLogFaultsContract extends ChangeLogWritersContract {
  ChangeLogFaultsContract(Engine engine) {
    super(engine);
  }

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

  /** The restored log has come past the number that was read, with other changes. */
  @Test
  void poll_afterTheDatabaseWasRestoredAndWrittenTo_saysMissed() throws Exception {
    JdbcChangeLog log = node().changes();
    RecordingFollower there = new RecordingFollower();
    log.followDirectly(there);
    publish(node().changes(), "kept");
    ChangeToken undone = publish(node().changes(), "undone");
    log.poll();
    OccDatabase writer = node();
    database.execute(
        "UPDATE occ_change SET item_key = 'other', created_at = created_at + 1 WHERE id = "
            + undone.position());
    publish(writer.changes(), "last");
    log.poll();
    assertThat(there.missed()).containsExactly("the database was restored to an earlier state");
    publish(writer.changes(), "after");
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
}
