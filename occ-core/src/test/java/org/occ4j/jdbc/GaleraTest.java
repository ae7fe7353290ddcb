/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.occ4j.testkit.Patience.await;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.occ4j.Expected;
import org.occ4j.OccException;
import org.occ4j.OutcomeUnknownException;
import org.occ4j.SchemaException;
import org.occ4j.StoreUnavailableException;
import org.occ4j.Versioned;
import org.occ4j.mutex.Hold;
import org.occ4j.store.Commit;
import org.occ4j.testkit.FakeTicker;
import org.occ4j.testkit.GaleraCluster;
import org.occ4j.testkit.RecordingFollower;
import org.occ4j.testkit.TestDatabase;
import org.occ4j.testkit.Together;

/** What only a cluster can do wrong: writers on different nodes, a node that dies, one cut off. */
@Tag(GaleraCluster.TAG)
class GaleraTest extends GaleraFixture {
  private static final int ROUNDS = 200;
  private static final Duration BRIEF = Duration.ofSeconds(1);

  @Test
  void open_sessionsThatAreNotSet_areRefusedSayingWhatToSet() {
    String bare = database.jdbcUrl().replaceAll("&sessionVariables=.*", "");
    TestDatabase unset = new TestDatabase(database.engine(), bare, "occ4j", "occ4j-test");
    assertThatThrownBy(() -> OccDatabase.open(unset.dataSource()))
        .isInstanceOf(SchemaException.class)
        .hasMessageContainingAll("Galera", "wsrep_sync_wait=7", "wsrep_retry_autocommit=0");
  }

  @Test
  void get_afterAWriteAtAnotherNode_showsIt() {
    JdbcVersionedStore<String, String> here = storeAt(0);
    JdbcVersionedStore<String, String> there = storeAt(1);
    for (int i = 0; i < ROUNDS; i++) {
      long version = here.put("k", "v" + i, Expected.any()).orThrow().version();
      assertThat(there.get("k")).map(Versioned::version).contains(version);
    }
  }

  @Test
  void delete_ofWhatAnotherNodeHasJustMade_deletesIt() {
    JdbcVersionedStore<String, String> here = storeAt(0);
    JdbcVersionedStore<String, String> there = storeAt(1);
    for (int i = 0; i < ROUNDS; i++) {
      here.put("k", "v" + i, Expected.absent()).orThrow();
      there.delete("k", Expected.any());
      assertThat(here.get("k")).as("round %d", i).isEmpty();
    }
  }

  /** Two on call; each may leave while the other stays. */
  @Test
  void commit_eachRestsOnWhatTheOtherWrites_neverBothApplied() throws Exception {
    List<JdbcVersionedStore<String, String>> nodes = List.of(storeAt(0), storeAt(1), storeAt(2));
    List<String> keys = List.of("ada", "bob", "cy");
    for (int i = 0; i < ROUNDS; i++) {
      List<Versioned<String>> before = new ArrayList<>();
      for (String key : keys) {
        before.add(nodes.get(0).put(key, "on call", Expected.any()).orThrow());
      }
      AtomicInteger left = new AtomicInteger();
      Together.run(
          3,
          me -> {
            int other = (me + 1) % 3;
            Commit<String, String> leave =
                Commit.<String, String>empty()
                    .read(keys.get(other), Expected.version(before.get(other).version()))
                    .put(keys.get(me), "off", Expected.version(before.get(me).version()));
            if (nodes.get(me).commit(leave).isApplied()) {
              left.incrementAndGet();
            }
          });
      // Of three in a ring two that are not in each other's way cannot leave: a follows b.
      assertThat(left.get()).as("round %d", i).isBetween(0, 2);
      assertThat(
              nodes.get(0).get("ada").orElseThrow().value()
                  + nodes.get(1).get("bob").orElseThrow().value()
                  + nodes.get(2).get("cy").orElseThrow().value())
          .isNotEqualTo("offoffoff");
    }
  }

  @Test
  void guard_anotherIsGrantedAtAnotherNode_endsTheTransactionAtItsCommit() throws Exception {
    database.execute("CREATE TABLE work (id INT PRIMARY KEY)");
    for (int i = 0; i < 5; i++) {
      OccDatabase frozen =
          OccDatabase.builder(cluster.through(0, database).dataSource())
              .ticker(new FakeTicker())
              .open();
      opened.add(frozen);
      JdbcKeyedMutex<String> mutex = frozen.mutex("orders");
      Hold<String> paused = mutex.acquire("k" + i, LONG, BRIEF);
      try (Connection transaction = cluster.through(0, database).connect()) {
        transaction.setAutoCommit(false);
        mutex.guard(transaction, paused);
        try (PreparedStatement insert =
            transaction.prepareStatement("INSERT INTO work VALUES (1)")) {
          insert.executeUpdate();
        }
        try (Hold<String> next = at(1).mutex("orders").acquire("k" + i, LONG)) {
          assertThat(next.fencingToken()).isGreaterThan(paused.fencingToken());
          assertThatThrownBy(transaction::commit)
              .isInstanceOfSatisfying(
                  SQLException.class,
                  error -> assertThat(error.getErrorCode()).isEqualTo(DEADLOCK));
        }
      }
      assertThat(rows("work")).isZero();
    }
  }

  @Test
  void guard_nobodyElse_commits() throws Exception {
    database.execute("CREATE TABLE work (id INT PRIMARY KEY)");
    JdbcKeyedMutex<String> mutex = at(0).mutex("orders");
    try (Hold<String> hold = mutex.acquire("k", LONG);
        Connection transaction = cluster.through(1, database).connect()) {
      transaction.setAutoCommit(false);
      mutex.guard(transaction, hold);
      try (PreparedStatement insert = transaction.prepareStatement("INSERT INTO work VALUES (1)")) {
        insert.executeUpdate();
      }
      transaction.commit();
    }
    assertThat(rows("work")).isOne();
  }

  @Test
  void acquireInTransaction_atTwoNodes_onlyOneCommits() throws Exception {
    List<JdbcKeyedMutex<String>> mutexes = List.of(at(0).mutex("orders"), at(1).mutex("orders"));
    for (int i = 0; i < 20; i++) {
      int committed = 0;
      try (Connection one = cluster.through(0, database).connect();
          Connection two = cluster.through(1, database).connect()) {
        one.setAutoCommit(false);
        two.setAutoCommit(false);
        List<Connection> transactions = List.of(one, two);
        for (int node = 0; node < 2; node++) {
          mutexes.get(node).acquireInTransaction(transactions.get(node), "k", LONG);
        }
        for (Connection transaction : transactions) {
          try {
            transaction.commit();
            committed++;
          } catch (SQLException ended) {
            assertThat(ended.getErrorCode()).isEqualTo(DEADLOCK);
          }
        }
      }
      assertThat(committed).as("round %d", i).isOne();
    }
  }

  @Test
  void follow_pollsThatGoToChangingNodes_missNothing() throws Exception {
    OccDatabase follower = OccDatabase.open(database.dataSource());
    opened.add(follower);
    RecordingFollower told = new RecordingFollower();
    follower.changes().follow(told);
    List<String> keys = new ArrayList<>();
    List<JdbcVersionedStore<String, String>> nodes = List.of(storeAt(0), storeAt(1), storeAt(2));
    for (int i = 0; i < ROUNDS; i++) {
      nodes.get(i % 3).recordChanges(true).put("k" + i, "v", Expected.any()).orThrow();
      keys.add("k" + i);
    }
    await().until(() -> told.keys().size() >= ROUNDS);
    assertThat(told.keys()).containsExactlyElementsOf(keys);
    assertThat(told.missed()).isEmpty();
  }

  @Test
  void node_killedAndRejoined_hasAllThatWasAcknowledged() {
    JdbcVersionedStore<String, String> here = storeAt(0);
    here.put("before", "v", Expected.any()).orThrow();
    cluster.node(2).kill();
    for (int i = 0; i < 50; i++) {
      String key = "k" + i;
      await()
          .ignoreExceptionsInstanceOf(OccException.class)
          .until(() -> here.put(key, "v", Expected.any()).isApplied());
    }
    cluster.node(2).restart();
    JdbcVersionedStore<String, String> rejoined = storeAt(2);
    assertThat(rejoined.get("before")).isPresent();
    for (int i = 0; i < 50; i++) {
      assertThat(rejoined.get("k" + i)).as("k%d", i).isPresent();
    }
  }

  @Test
  void node_cutOffFromTwo_writesNothingAndSaysSo() {
    JdbcVersionedStore<String, String> alone = storeAt(0);
    long version = alone.put("k", "before", Expected.any()).orThrow().version();
    Set<String> possible = new HashSet<>(Set.of("before"));
    cluster.node(1).pause();
    cluster.node(2).pause();
    try {
      // Until the node knows that it is alone a write waits, and what becomes of it is not known.
      assertThatThrownBy(() -> alone.put("k", "alone", Expected.version(version)))
          .isInstanceOfAny(StoreUnavailableException.class, OutcomeUnknownException.class)
          .satisfies(told -> possible.addAll(unlessNotDone(told, "alone")));
      assertThatThrownBy(() -> alone.put("k", "alone", Expected.version(version)))
          .isInstanceOf(StoreUnavailableException.class);
      assertThatThrownBy(() -> alone.get("k")).isInstanceOf(StoreUnavailableException.class);
    } finally {
      cluster.node(1).resume();
      cluster.node(2).resume();
    }
    await()
        .ignoreExceptionsInstanceOf(OccException.class)
        .until(() -> alone.put("k2", "after", Expected.any()).isApplied());
    Set<String> found = new HashSet<>();
    for (int node = 0; node < GaleraCluster.SIZE; node++) {
      JdbcVersionedStore<String, String> store = storeAt(node);
      await()
          .ignoreExceptionsInstanceOf(OccException.class)
          .untilAsserted(() -> assertThat(store.get("k2")).isPresent());
      found.add(store.get("k").orElseThrow().value());
    }
    assertThat(found).hasSize(1).isSubsetOf(possible);
  }

  private static Set<String> unlessNotDone(Throwable told, String value) {
    return told instanceof OutcomeUnknownException ? Set.of(value) : Set.of();
  }
}
