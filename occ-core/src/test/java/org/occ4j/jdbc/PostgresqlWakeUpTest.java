/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.occ4j.testkit.Patience.await;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.occ4j.change.Change;
import org.occ4j.change.ChangeDraft;
import org.occ4j.change.ChangeLog;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.RecordingFollower;
import org.occ4j.testkit.TestDatabase;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/**
 * Nodes that tell each other by {@code NOTIFY} that there is news. They poll once an hour, so that
 * whatever they hear they were woken for.
 */
@Tag(Engine.POSTGRESQL_TAG)
class PostgresqlWakeUpTest {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final Duration NEVER = Duration.ofHours(1);

  private final List<OccDatabase> nodes = new ArrayList<>();
  private TestDatabase database;
  private HikariDataSource pool;

  @BeforeEach
  void open() {
    database = Engine.POSTGRESQL.server().newDatabase();
    pool = database.pool(4);
    OccDatabase.builder(pool).createSchema().open().close();
  }

  @AfterEach
  void close() {
    nodes.forEach(OccDatabase::close);
    pool.close();
  }

  private JdbcChangeLog node() {
    OccDatabase node = OccDatabase.builder(pool).pollInterval(NEVER).notifyWakeUp(true).open();
    nodes.add(node);
    return node.changes();
  }

  private static void publish(ChangeLog log, String key) {
    log.publish(new ChangeDraft("test", Change.Kind.PUT, key, 1, null, Set.of()));
  }

  private static RecordingFollower follow(JdbcChangeLog log) {
    RecordingFollower follower = new RecordingFollower();
    log.followDirectly(follower);
    return follower;
  }

  private static void awaitKeys(RecordingFollower follower, String... keys) {
    await().atMost(LONG).untilAsserted(() -> assertThat(follower.keys()).containsExactly(keys));
  }

  @Test
  void change_ofAnotherNode_isToldLongBeforeThePoll() {
    RecordingFollower there = follow(node());
    JdbcChangeLog here = node(); // which nobody follows
    publish(here, "first");
    awaitKeys(there, "first");
    publish(here, "second");
    awaitKeys(there, "first", "second");
  }

  @Test
  void transactionOfAWriter_sendsNothing() throws Exception {
    JdbcChangeLog here = node();
    try (Connection listener = listening();
        Connection transaction = database.connect()) {
      transaction.setAutoCommit(false);
      PendingChange pending =
          here.append(
              transaction, new ChangeDraft("test", Change.Kind.PUT, "k", 1, null, Set.of()));
      transaction.commit();
      // The server delivers in the order of commits, so what the writer sent would come first.
      database.execute("NOTIFY occ_change, 'marker'");
      assertThat(hear(listener, 1)).containsExactly("marker");
      pending.committed();
      assertThat(hear(listener, 1)).doesNotContain("marker");
    }
  }

  @Test
  void manyCommits_areAnnouncedAFewTimes() throws Exception {
    JdbcChangeLog here = node();
    try (Connection listener = listening()) {
      long begin = System.nanoTime();
      for (int i = 0; i < 300; i++) {
        publish(here, "k" + i);
      }
      RecordingFollower late = follow(node());
      nodes.remove(0).close(); // and nothing is sent from now on
      long millis = Duration.ofNanos(System.nanoTime() - begin).toMillis();
      database.execute("NOTIFY occ_change, 'marker'");
      List<String> heard = hear(listener, Integer.MAX_VALUE);
      assertThat(heard.size() - 1L).isLessThanOrEqualTo(millis / 50 + 1);
      assertThat(late.keys()).isEmpty();
    }
  }

  @Test
  void listener_thatIsKilled_listensAgain() throws Exception {
    RecordingFollower there = follow(node());
    JdbcChangeLog here = node();
    publish(here, "first");
    awaitKeys(there, "first");
    database.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            + " WHERE datname = current_database() AND pid <> pg_backend_pid()");
    await()
        .atMost(LONG)
        .ignoreExceptions() // until the pool has new connections
        .until(
            () -> {
              publish(here, "second");
              return true;
            });
    await().atMost(LONG).untilAsserted(() -> assertThat(there.keys()).contains("second"));
  }

  @Test
  void close_givesTheConnectionBack() {
    RecordingFollower there = follow(node());
    publish(node(), "k");
    awaitKeys(there, "k");
    assertThat(pool.getHikariPoolMXBean().getActiveConnections()).isEqualTo(2);
    nodes.forEach(OccDatabase::close);
    assertThat(pool.getHikariPoolMXBean().getActiveConnections()).isZero();
  }

  @Test
  void open_onAnotherEngine_isRefused() {
    TestDatabase h2 = Engine.H2.server().newDatabase();
    OccDatabaseBuilder builder = OccDatabase.builder(h2.dataSource()).createSchema();
    assertThatThrownBy(() -> builder.notifyWakeUp(true).open())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("notifyWakeUp")
        .hasMessageContaining("H2");
  }

  private Connection listening() throws SQLException {
    Connection listener = database.connect();
    try (Statement statement = listener.createStatement()) {
      statement.execute("LISTEN occ_change");
    }
    return listener;
  }

  /** The payloads heard until there are so many, or the marker is among them. */
  private static List<String> hear(Connection listener, int atLeast) throws SQLException {
    List<String> heard = new ArrayList<>();
    long end = System.nanoTime() + LONG.toNanos();
    while (heard.size() < atLeast && !heard.contains("marker") && System.nanoTime() < end) {
      for (PGNotification each : listener.unwrap(PGConnection.class).getNotifications(100)) {
        heard.add(each.getParameter());
      }
    }
    return heard;
  }
}
