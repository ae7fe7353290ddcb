/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.occ4j.testkit.Patience.await;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.occ4j.proof.Operation.Told;
import org.occ4j.proof.Violation.Kind;
import org.occ4j.testkit.PostgresqlServer;
import org.occ4j.testkit.TestDatabase;
import org.occ4j.testkit.Together;

/** A PostgreSQL primary with a streaming standby, and nodes before whichever can be written. */
abstract class PostgresqlPair {
  static final String KEY = "key0";
  private static final List<String> KEYS = List.of(KEY, "key1", "key2", "key3");
  private static final int STEPS = 40;

  final History history = new History();
  final List<JdbcNode> nodes = new ArrayList<>();
  PostgresqlServer primary;
  PostgresqlServer standby;
  TestDatabase database;
  TestDatabase taken;

  @BeforeEach
  void startServers() throws Exception {
    primary = PostgresqlServer.start();
    database = primary.newDatabase();
    JdbcNode.createTables(database);
    standby = primary.startStandby();
    taken = standby.sameDatabase(database);
  }

  @AfterEach
  void stopServers() {
    nodes.forEach(JdbcNode::close);
    standby.close();
    primary.close();
  }

  /** Two nodes, whose changes are recorded. */
  void openNodes() {
    for (int i = 0; i < 2; i++) {
      nodes.add(new JdbcNode("n" + i, whoeverIsPrimary(), history::add));
    }
  }

  /** As an application reaches a pair of servers: pgjdbc looks for the one that can be written. */
  DataSource whoeverIsPrimary() {
    String both =
        database
            .jdbcUrl()
            .replace(
                primary.host() + ":" + primary.port(),
                "%s:%d,%s:%d"
                    .formatted(primary.host(), primary.port(), standby.host(), standby.port()));
    String url = both + "&targetServerType=primary&hostRecheckSeconds=0";
    return new TestDatabase(database.engine(), url, database.user(), database.password())
        .dataSource();
  }

  Client client(String name, JdbcNode node) {
    return new Client(name, node.node(), history::add);
  }

  /** From now on a commit is acknowledged when the standby has it. */
  void replicateSynchronously() throws SQLException {
    database.execute("ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()");
    await().until(() -> "sync".equals(one(database, "SELECT sync_state FROM pg_stat_replication")));
  }

  /** From now on a commit is acknowledged when the primary has it. */
  void replicateAsynchronously() throws SQLException {
    database.execute("ALTER SYSTEM RESET synchronous_standby_names", "SELECT pg_reload_conf()");
    await().until(() -> "".equals(one(database, "SHOW synchronous_standby_names")));
  }

  /** The primary dies, and the standby takes over. */
  void failOver() throws SQLException {
    primary.kill();
    promote();
  }

  void promote() throws SQLException {
    assertThat(one(taken, "SELECT pg_promote()")).isEqualTo("t");
  }

  static @Nullable String one(TestDatabase asked, String query) throws SQLException {
    try (Connection connection = asked.connect();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      return row.next() ? row.getString(1) : null;
    }
  }

  /** What is wrong, but for a feed that says itself that it cannot go on where it was. */
  static List<Violation> wrong(List<Violation> violations) {
    return violations.stream().filter(violation -> violation.kind() != Kind.FEED_MISSED).toList();
  }

  /** Workers on the nodes, under whom the primary is lost; everything is settled and recorded. */
  void workWhile(Together.Body failOver) throws Exception {
    AtomicReference<@Nullable Intent> latest = new AtomicReference<>();
    List<Worker> workers = new ArrayList<>();
    List<Together.Body> bodies = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      Worker worker = new Worker(client("w" + i, nodes.get(i % 2)), KEYS, latest, i);
      workers.add(worker);
      bodies.add(
          () -> {
            for (int step = 0; step < STEPS; step++) {
              worker.step();
            }
          });
    }
    bodies.add(
        () -> {
          await().until(() -> history.operations().size() > 2 * STEPS);
          failOver.run();
        });
    Together.run(bodies);
    for (Worker worker : workers) {
      await().until(worker::settle);
    }
    for (JdbcNode node : nodes) {
      Client reader = client("reader-" + node.node().name(), node);
      for (String key : KEYS) {
        await().until(() -> reader.read(key).told() == Told.FOUND);
      }
    }
    await().until(() -> wrong(Feeds.judge(history)).isEmpty());
    JdbcNode.effects(taken).forEach(history::add);
  }
}
