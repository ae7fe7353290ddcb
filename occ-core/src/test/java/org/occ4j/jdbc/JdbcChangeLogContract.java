/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.occ4j.testkit.Patience.await;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.occ4j.change.ChangeToken;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.RecordingFollower;

/**
 * The contract over a database, and what only a database can do: other nodes, tokens of theirs, and
 * purges here; late commits, rollbacks, killed writers and restored databases in the contracts
 * above.
 */
abstract class JdbcChangeLogContract extends ChangeLogFaultsContract {
  JdbcChangeLogContract(Engine engine) {
    super(engine);
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
    database.execute("UPDATE occ_change SET created_at = 0");
    log.poll();
    assertThat(log.purge(100)).isEqualTo(4);
    log.poll();
    assertThat(there.missed()).isEmpty();
    assertThat(there.changes()).hasSize(5);
  }

  /** Whose row is not the newest any more, and has grown old since the last poll. */
  @Test
  void purge_ofAllButTheNewestOfTheOld_isNotTakenForARestoredDatabase() throws SQLException {
    JdbcChangeLog log = node().changes();
    for (int i = 0; i < 5; i++) {
      publish(node().changes(), "k" + i);
    }
    database.execute("UPDATE occ_change SET created_at = 0");
    RecordingFollower there = new RecordingFollower();
    log.followDirectly(there);
    log.poll();
    publish(node().changes(), "new");
    assertThat(node().changes().purge(100)).isEqualTo(4);
    log.poll();
    assertThat(there.missed()).isEmpty();
    assertThat(there.keys()).containsExactly("new");
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
      log.poll(); // The place of the cursor is a row whose time does not change.
      for (ChangeToken old : List.of(first, second)) {
        database.execute("UPDATE occ_change SET created_at = 0 WHERE id = " + old.position());
      }
      assertThat(log.purge(100)).as("the newest of the old ones stays").isEqualTo(1);
      slow.commit();
    }
    log.poll();
    assertThat(there.keys()).containsExactlyInAnyOrder("first", "second", "newest", "open");
  }
}
