/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.occ4j.change.Change;
import org.occ4j.change.ChangeDraft;
import org.occ4j.change.ChangeToken;
import org.occ4j.testkit.Counting;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.RecordingFollower;
import org.occ4j.testkit.TestDatabase;
import org.occ4j.testkit.WireProxy;

/** What a poll and a change cost on the wire. */
abstract class ChangeLogRoundTripContract {
  private final Engine engine;
  private final RecordingFollower follower = new RecordingFollower();
  private TestDatabase database;
  private WireProxy proxy;
  private Connection only;
  private OccDatabase here;
  private OccDatabase there;

  ChangeLogRoundTripContract(Engine engine) {
    this.engine = engine;
  }

  @BeforeEach
  void open() throws SQLException {
    database = engine.server().newDatabase();
    OccDatabase.builder(database.dataSource()).createSchema().open().close();
    proxy = WireProxy.before(database);
    only = database.through(proxy).connect();
    Duration never = Duration.ofHours(1);
    here = OccDatabase.builder(FaultyDataSource.poolOf(only)).pollInterval(never).open();
    there = OccDatabase.builder(database.dataSource()).pollInterval(never).open();
    here.changes().followDirectly(follower);
    here.changes().poll();
  }

  @AfterEach
  void close() throws SQLException {
    here.close();
    there.close();
    only.close();
    proxy.close();
  }

  TestDatabase database() {
    return database;
  }

  ChangeToken publish(String key) {
    return there
        .changes()
        .publish(new ChangeDraft("test", Change.Kind.PUT, key, 1, null, Set.of()));
  }

  void assertPollTakes(long roundTrips) {
    try (Counting count = proxy.counting()) {
      here.changes().poll();
      assertThat(count.roundTrips()).as(count.toString()).isEqualTo(roundTrips);
    }
  }

  @Test
  void poll_withAndWithoutNews_isOne() {
    // More often than the driver runs a statement before it has the server keep it.
    for (int i = 0; i < 12; i++) {
      assertPollTakes(1);
      publish("k" + i);
      assertPollTakes(1);
    }
    assertThat(follower.changes()).hasSize(12);
  }

  @Test
  void poll_withOpenAndRolledBackTransactions_isOne() throws SQLException {
    try (Connection transaction = database.connect()) {
      transaction.setAutoCommit(false);
      for (int i = 0; i < 20; i++) {
        there
            .changes()
            .append(
                transaction, new ChangeDraft("test", Change.Kind.PUT, "lost", 1, null, Set.of()));
        publish("k" + i);
        if (i % 2 == 0) {
          transaction.rollback();
        }
        assertPollTakes(1);
      }
      assertThat(follower.changes()).hasSize(20);
      transaction.commit();
      assertPollTakes(1);
      assertThat(follower.changes()).hasSize(21);
    }
  }

  @Test
  void publish_isOneStatement() {
    here.changes().publish(new ChangeDraft("test", Change.Kind.PUT, "k1", 1, null, Set.of()));
    here.changes().poll();
    try (Counting count = proxy.counting()) {
      here.changes().publish(new ChangeDraft("test", Change.Kind.PUT, "k2", 1, null, Set.of()));
      // It also wakes the poller, whose statement may be on its way.
      assertThat(count.statements())
          .filteredOn(statement -> !statement.startsWith("SELECT m.incarnation"))
          .singleElement()
          .asString()
          .startsWith("INSERT");
    }
    here.changes().poll();
    assertThat(follower.keys()).containsExactly("k1", "k2");
  }
}
