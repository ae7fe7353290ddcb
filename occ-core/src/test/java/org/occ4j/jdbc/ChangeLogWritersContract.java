/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.occ4j.testkit.Patience.await;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.Savepoint;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.occ4j.change.ChangeToken;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.RecordingFollower;

/**
 * A change is told once if its writer's transaction commits, however late, and never if it does
 * not.
 */
abstract class ChangeLogWritersContract extends ChangeLogFixture {
  ChangeLogWritersContract(Engine engine) {
    super(engine);
  }

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
}
