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
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.occ4j.Expected;
import org.occ4j.proof.Operation.Call;
import org.occ4j.proof.Operation.Told;
import org.occ4j.proof.Violation.Kind;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.PostgresqlServer;
import org.occ4j.testkit.TestDatabase;
import org.occ4j.testkit.Together;

/**
 * A primary with a streaming standby dies, and the standby takes over under nodes that go on: with
 * synchronous replication nothing is lost; with asynchronous replication acknowledged commits are,
 * and what then still holds, and what cannot, is exactly what is said here.
 */
@Tag(Engine.POSTGRESQL_TAG)
class PostgresqlFailoverTest {
  private static final String KEY = "key0";
  private static final List<String> KEYS = List.of(KEY, "key1", "key2", "key3");
  private static final int STEPS = 40;

  private final History history = new History();
  private final List<JdbcNode> nodes = new ArrayList<>();
  private PostgresqlServer primary;
  private PostgresqlServer standby;
  private TestDatabase database;
  private TestDatabase taken;

  @BeforeEach
  void startServers() throws Exception {
    primary = PostgresqlServer.start();
    database = primary.newDatabase();
    JdbcNode.createTables(database);
    standby = primary.startStandby();
    taken = standby.sameDatabase(database);
    for (int i = 0; i < 2; i++) {
      nodes.add(new JdbcNode("n" + i, whoeverIsPrimary(), history::add));
    }
  }

  @AfterEach
  void stopServers() {
    nodes.forEach(JdbcNode::close);
    standby.close();
    primary.close();
  }

  /** As an application reaches a pair of servers: pgjdbc looks for the one that can be written. */
  private DataSource whoeverIsPrimary() {
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

  private Client client(String name, JdbcNode node) {
    return new Client(name, node.node(), history::add);
  }

  private void promote() throws SQLException {
    assertThat(one(taken, "SELECT pg_promote()")).isEqualTo("t");
  }

  private static @Nullable String one(TestDatabase asked, String query) throws SQLException {
    try (Connection connection = asked.connect();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      return row.next() ? row.getString(1) : null;
    }
  }

  /** What is wrong, but for a feed that says itself that it cannot go on where it was. */
  private static List<Violation> wrong(List<Violation> violations) {
    return violations.stream().filter(violation -> violation.kind() != Kind.FEED_MISSED).toList();
  }

  @Test
  void primaryLost_withSynchronousStandby_losesNothingThatWasAcknowledged() throws Exception {
    database.execute("ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()");
    await().until(() -> "sync".equals(one(database, "SELECT sync_state FROM pg_stat_replication")));
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
    bodies.add(this::failOverHalfWay);
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
    assertThat(wrong(Judgement.of(history))).isEmpty();
  }

  private void failOverHalfWay() throws Exception {
    await().until(() -> history.operations().size() > 2 * STEPS);
    primary.kill();
    promote();
  }

  @Test
  void primaryLost_withAsynchronousStandby_losesCommitsAndClaimsNothingElse() throws Exception {
    Client here = client("here", nodes.get(0));
    Client there = client("there", nodes.get(1));
    Intent kept = edit(here, Expected.any());
    hold(here);
    Operation state = here.send(kept);
    String found = "SELECT 1 FROM audit WHERE mutation = '" + kept.id() + "'";
    await().until(() -> "1".equals(one(taken, found)));
    standby.kill();

    Intent lost = edit(here, Expected.version(state.version()));
    Operation acknowledged = here.send(lost);
    assertThat(acknowledged.told()).isEqualTo(Told.APPLIED);
    Operation more = there.put(KEY, Expected.version(acknowledged.version()));
    assertThat(more.told()).isEqualTo(Told.APPLIED);
    Operation carried = here.send(edit(here, Expected.any()));
    Intent unconditional = edit(there, Expected.any());
    Operation first = there.send(unconditional);
    hold(here);
    hold(there);
    await().until(() -> toldOf(carried) == 2);
    primary.kill();
    standby.restart();
    promote();
    // Pools do not try a connection that was used just before, so each node's first calls could
    // meet
    // connections to the server that is gone.
    nodes.forEach(JdbcNode::evict);

    for (Client client : List.of(here, there)) {
      await().until(() -> client.read(KEY).told() == Told.FOUND);
      assertThat(client.read(KEY).state()).as("it has forgotten").isEqualTo(state.state());
    }
    assertThat(here.put(KEY, Expected.version(more.version())).told())
        .as("what expects a lost version conflicts")
        .isEqualTo(Told.CONFLICT);
    assertThat(here.send(kept).told()).as("what is there is replayed").isEqualTo(Told.REPLAYED);

    Intent later = edit(here, Expected.any());
    Operation onTop = here.send(later);
    assertThat(onTop.value())
        .as("a state carried along from before is not trusted")
        .endsWith("<" + kept.content());
    Operation again = there.send(lost);
    assertThat(again.told())
        .as("a mutation that was lost is not known: it is checked anew")
        .isEqualTo(Told.CONFLICT);
    assertThat(again.state()).isEqualTo(onTop.state());
    Operation second = there.send(unconditional);
    assertThat(second.told()).as("and done anew if it may").isEqualTo(Told.APPLIED);
    assertThat(second.version()).isGreaterThan(first.version());
    hold(there);
    hold(here);

    // A feed goes on behind what is there when it notices, so it may not tell of writes until then.
    await()
        .alias("both feeds say that they cannot go on where they were")
        .until(() -> missed() == 2);
    Intent afterwards = edit(here, Expected.any());
    Operation heard = here.send(afterwards);
    await().until(() -> toldOf(heard) == 2);

    List<EffectRow> rows = JdbcNode.effects(taken);
    assertThat(rows)
        .as("one row of each mutation that is there, with its last answer")
        .containsExactlyInAnyOrder(
            row(kept, state),
            row(unconditional, second),
            row(later, onTop),
            row(afterwards, heard));
    rows.forEach(history::add);
    assertThat(Judgement.of(history))
        .as("lost are writes, effects and their answers; versions and tokens never repeat")
        .extracting(Violation::kind)
        .contains(Kind.NOT_LINEARIZABLE, Kind.NOT_ONCE, Kind.OTHER_ANSWER)
        .doesNotContain(Kind.VERSION_TWICE, Kind.TWO_HOLDS, Kind.TOKEN_FELL, Kind.UNDECIDED);
  }

  private static Intent edit(Client client, Expected expected) {
    return new Intent(UUID.randomUUID(), Call.EDIT, KEY, client.fresh(), expected, true, false);
  }

  private static EffectRow row(Intent intent, Operation answer) {
    return new EffectRow(intent.id().toString(), answer.version());
  }

  private static void hold(Client client) throws Exception {
    client.hold(KEY, () -> {});
  }

  private long missed() {
    return history.feed().stream()
        .filter(entry -> entry.kind().equals(FeedEntry.MISSED))
        .map(FeedEntry::follower)
        .distinct()
        .count();
  }

  private long toldOf(Operation operation) {
    return history.feed().stream()
        .filter(entry -> entry.version() == operation.version())
        .map(FeedEntry::follower)
        .distinct()
        .count();
  }
}
