/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.occ4j.testkit.Patience.await;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.occ4j.jdbc.OccDatabase;
import org.occ4j.testkit.ChildJvm;
import org.occ4j.testkit.DatabaseProcess;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.TestDatabase;
import org.occ4j.testkit.TimeSensitive;

/**
 * Two nodes in two JVMs, and writers in this one and in others, over a server of their own: every
 * committed invalidation is applied on every node, none twice, whatever happens to writers, nodes
 * and server.
 */
@TimeSensitive
abstract class CacheNodesContract {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int ENTRIES = 200;
  private static final int WRITERS = 4;

  private static final Pattern REPORT =
      Pattern.compile(
          "state=(\\w+) gone=\\[([\\d,]*)] applied=(\\d+) flushes=(\\d+) paused=(\\w+)"
              + " hitsAfterPause=(\\d+)");

  private final Engine engine;
  private final List<ChildJvm> nodes = new ArrayList<>();
  private DatabaseProcess server;
  private TestDatabase database;
  private OccDatabase writing;
  private JdbcTaggedCache<Integer, String> cache;

  CacheNodesContract(Engine engine) {
    this.engine = engine;
  }

  @BeforeEach
  void startNodes() throws Exception {
    server = engine.startProcess();
    database = server.newDatabase();
    writing = OccDatabase.builder(database.dataSource()).createSchema().open();
    cache = JdbcTaggedCache.<Integer, String>builder("orders", writing).build();
    for (int i = 0; i < 2; i++) {
      nodes.add(start(CacheNode.class, ENTRIES));
    }
    for (ChildJvm node : nodes) {
      node.awaitPoint(CacheNode.IDLE);
    }
  }

  private ChildJvm start(Class<?> main, int number) {
    return ChildJvm.start(
        main,
        engine.name(),
        database.jdbcUrl(),
        database.user(),
        database.password(),
        Integer.toString(number));
  }

  @AfterEach
  void stop() {
    nodes.forEach(ChildJvm::close);
    cache.close();
    writing.close();
    server.close();
  }

  @Test
  void writersLongShortRolledBackAndKilled_whatWasCommittedIsAppliedOnceOnEveryNode()
      throws Exception {
    Set<Integer> committed = new TreeSet<>();
    try (Connection late = begin();
        Connection undone = begin()) {
      PendingInvalidation lateRow = cache.invalidateTags(late, CacheNode.tag(0));
      cache.invalidateTags(undone, CacheNode.tag(1));
      dieAt(DyingWriter.WRITTEN, 2);
      dieAt(DyingWriter.COMMITTED, 3);
      committed.add(3);
      committed.addAll(writeConcurrently());
      requireAppliedOnce(committed);
      late.commit();
      lateRow.committed();
      committed.add(0);
      undone.rollback();
    }
    requireAppliedOnce(committed);
  }

  private Connection begin() throws SQLException {
    Connection connection = database.connect();
    connection.setAutoCommit(false);
    return connection;
  }

  private void dieAt(String point, int tag) throws Exception {
    try (ChildJvm writer = start(DyingWriter.class, tag)) {
      writer.awaitPoint(DyingWriter.WRITTEN);
      if (!point.equals(DyingWriter.WRITTEN)) {
        writer.proceed();
        writer.awaitPoint(point);
      }
      writer.kill();
    }
  }

  /** Short transactions at once, one in five rolled back; one connection for each writer. */
  private Set<Integer> writeConcurrently() throws Exception {
    AtomicInteger next = new AtomicInteger(4);
    ExecutorService threads = Executors.newFixedThreadPool(WRITERS);
    try {
      List<Future<Set<Integer>>> writers = new ArrayList<>();
      for (int i = 0; i < WRITERS; i++) {
        writers.add(threads.submit(() -> write(next)));
      }
      Set<Integer> committed = new TreeSet<>();
      for (Future<Set<Integer>> writer : writers) {
        committed.addAll(writer.get(2, TimeUnit.MINUTES));
      }
      return committed;
    } finally {
      threads.shutdownNow();
    }
  }

  private Set<Integer> write(AtomicInteger next) throws SQLException {
    Set<Integer> committed = new TreeSet<>();
    try (Connection connection = begin()) {
      // The last few stay untouched: not everything may be gone at the end.
      for (int tag = next.getAndIncrement(); tag < ENTRIES - 5; tag = next.getAndIncrement()) {
        PendingInvalidation pending = cache.invalidateTags(connection, CacheNode.tag(tag));
        if (tag % 5 == 0) {
          connection.rollback();
        } else {
          connection.commit();
          pending.committed();
          committed.add(tag);
        }
      }
    }
    return committed;
  }

  private void requireAppliedOnce(Set<Integer> committed) throws Exception {
    for (ChildJvm node : nodes) {
      Report report = report(node);
      assertThat(report.gone).isEqualTo(committed);
      assertThat(report.applied).isEqualTo(committed.size());
      assertThat(report.flushes).isZero();
    }
    // Here each change has two tellers: its writer, and the poll that meets its row.
    assertThat(cache.awaitApplied(writing.changes().now(), PATIENCE)).isTrue();
    assertThat(cache.stats().invalidations()).isEqualTo(committed.size());
  }

  @Test
  void nodeThatStoodStill_servesNothingOldWhenItGoesOn() throws Exception {
    ChildJvm node = nodes.get(0);
    node.pause();
    cache.invalidateTags(CacheNode.tag(0));
    // Time must pass here: it is what makes the node's last poll too old.
    await()
        .pollDelay(CacheNode.SILENCE.multipliedBy(3))
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(report(nodes.get(1)).gone).containsExactly(0));
    node.resume();
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> {
              Report report = report(node);
              assertThat(report.state).isEqualTo("FOLLOWING");
              assertThat(report.paused).isTrue();
              assertThat(report.gone).containsExactly(0);
            });
    assertThat(report(node).hitsAfterPause).isZero();
    assertThat(report(node).applied).isEqualTo(1);
  }

  @Test
  void restartedDatabase_nodesStopServingAndRecoverByThemselves() throws Exception {
    cache.invalidateTags(CacheNode.tag(0));
    server.kill();
    for (ChildJvm node : nodes) {
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () -> {
                Report report = report(node);
                assertThat(report.state).isEqualTo("LOST_CONTACT");
                assertThat(report.gone).hasSize(ENTRIES);
              });
    }
    server.restart();
    await()
        .atMost(PATIENCE)
        .ignoreExceptions()
        .untilAsserted(() -> assertThat(cache.invalidateTags(CacheNode.tag(1))).isNotNull());
    for (ChildJvm node : nodes) {
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () -> {
                Report report = report(node);
                assertThat(report.state).isEqualTo("FOLLOWING");
                assertThat(report.gone).contains(0, 1);
              });
    }
  }

  /** Lets an idle node report, and waits for that. */
  private static Report report(ChildJvm node) throws Exception {
    node.awaitPoint(CacheNode.IDLE);
    long before = reports(node).size();
    node.proceed(CacheNode.IDLE);
    await().atMost(PATIENCE).until(() -> reports(node).size() > before);
    String last = reports(node).get((int) before);
    return REPORT
        .matcher(last)
        .results()
        .map(Report::new)
        .findFirst()
        .orElseThrow(() -> new AssertionError(last));
  }

  private static List<String> reports(ChildJvm node) {
    return node.output().stream().filter(line -> line.startsWith(CacheNode.REPORT)).toList();
  }

  /** What a node said of itself. */
  private static final class Report {
    private final String state;
    private final Set<Integer> gone = new TreeSet<>();
    private final int applied;
    private final int flushes;
    private final boolean paused;
    private final int hitsAfterPause;

    Report(MatchResult line) {
      state = line.group(1);
      for (String number : line.group(2).split(",", -1)) {
        if (!number.isEmpty()) {
          gone.add(Integer.valueOf(number));
        }
      }
      applied = Integer.parseInt(line.group(3));
      flushes = Integer.parseInt(line.group(4));
      paused = Boolean.parseBoolean(line.group(5));
      hitsAfterPause = Integer.parseInt(line.group(6));
    }
  }
}
