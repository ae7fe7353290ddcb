/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.proof;

import static org.occ4j.testkit.Patience.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.occ4j.proof.Workload.Plan;
import org.occ4j.testkit.ChildJvm;
import org.occ4j.testkit.DatabaseProcess;
import org.occ4j.testkit.DatabaseServer;
import org.occ4j.testkit.TestDatabase;

/**
 * Makes one history with nodes that are processes, killed (and replaced by new ones) or paused in
 * the middle of whatever they do. On H2 the database dies with them. What a killed node had begun
 * stays of unknown outcome.
 */
final class ProcessWorkload {
  private static final int LINES_BEFORE_A_FAULT = 120;

  private final Plan plan;
  private final DatabaseServer server;
  private final boolean kills;
  private final TestDatabase database;
  private final History history = new History();
  private final List<ChildJvm> alive = new ArrayList<>();
  private final List<Long> mended = new ArrayList<>();
  private int started;

  private ProcessWorkload(Plan plan, DatabaseServer server, boolean kills) {
    this.plan = plan;
    this.server = server;
    this.kills = kills;
    this.database = server.newDatabase();
  }

  /** Makes and judges a history on a new database of a server. */
  static Workload.Result run(Plan plan, DatabaseServer server, boolean kills) throws Exception {
    ProcessWorkload workload = new ProcessWorkload(plan, server, kills);
    try {
      return workload.run();
    } finally {
      workload.alive.forEach(ChildJvm::close);
    }
  }

  private boolean isEmbedded() {
    return !(server instanceof DatabaseProcess);
  }

  private Workload.Result run() throws Exception {
    JdbcNode.createTables(database);
    List<JdbcNode> observers = new ArrayList<>();
    try {
      if (!isEmbedded()) {
        observers.add(observer()); // it follows from the beginning
      }
      breakNodes();
      for (ChildJvm node : List.copyOf(alive)) {
        node.awaitOutput(NodeProcess.FINISHED);
        end(node);
      }
      if (isEmbedded()) {
        observers.add(observer());
      }
      Closing.readAll(observers, database, Closing.keys(plan.keys()), history);
      if (!isEmbedded()) {
        Closing.awaitFollowers(observers, history);
      }
      return Workload.Result.of(plan, history, plan.often(), 0, mended);
    } finally {
      observers.forEach(JdbcNode::close);
    }
  }

  private JdbcNode observer() {
    return new JdbcNode(
        "observer",
        database.dataSource(),
        isEmbedded() ? NodeProcess.withoutFeed(history::add) : history::add);
  }

  private void breakNodes() throws Exception {
    Random random = new Random(plan.seed());
    int processes = isEmbedded() ? 1 : plan.nodes();
    for (int i = 0; i < processes; i++) {
      alive.add(start());
    }
    for (int i = 0; i < plan.often(); i++) {
      ChildJvm node = alive.get(random.nextInt(alive.size()));
      int enough = node.output().size() + 5 + random.nextInt(LINES_BEFORE_A_FAULT);
      await().until(() -> node.output().size() >= enough || isFinished(node));
      if (kills) {
        end(node);
        alive.add(start());
      } else {
        node.pause();
        LockSupport.parkNanos(Duration.ofMillis(200L + random.nextInt(3_000)).toNanos());
        node.resume();
      }
      mended.add(System.nanoTime());
    }
  }

  private static boolean isFinished(ChildJvm node) {
    return node.output().contains(NodeProcess.FINISHED);
  }

  private ChildJvm start() {
    int number = started++;
    return ChildJvm.start(
        NodeProcess.class,
        database.engine().name(),
        database.jdbcUrl(),
        database.user(),
        database.password(),
        "p" + number,
        Long.toString(1_000 * plan.seed() + number),
        Integer.toString(plan.steps()),
        Integer.toString(plan.keys()),
        Integer.toString(isEmbedded() ? plan.nodes() : 1));
  }

  private void end(ChildJvm node) throws Exception {
    node.kill();
    node.awaitExit();
    history.addLines(node.output());
    alive.remove(node);
  }
}
