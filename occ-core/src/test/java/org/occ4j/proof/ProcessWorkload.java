/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.proof;

import static org.occ4j.testkit.Patience.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.occ4j.proof.Workload.Plan;
import org.occ4j.testkit.ChildJvm;
import org.occ4j.testkit.DatabaseServer;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.GaleraCluster;
import org.occ4j.testkit.TestDatabase;
import org.occ4j.testkit.WrongClock;

/**
 * Makes one history with nodes that are processes, killed (and replaced by new ones) or paused in
 * the middle of whatever they do, or with clocks of their own that step. On H2 the database dies
 * with them and has their clock. What a killed node had begun stays of unknown outcome.
 */
final class ProcessWorkload {
  /** Of a node, among which its faults are. */
  private static final int LINES = 480;

  private final Plan plan;
  private final DatabaseServer server;
  private final Trouble trouble;
  private final TestDatabase database;
  private final History history = new History();
  private final List<ChildJvm> alive = new ArrayList<>();
  private final List<Long> mended = new ArrayList<>();
  private final List<WrongClock> clocks = new ArrayList<>();
  private int started;
  private int steps;

  /** What nodes have. */
  enum Trouble {
    KILLED,
    PAUSED,
    CLOCK_STEPS
  }

  private ProcessWorkload(Plan plan, DatabaseServer server, Trouble trouble) {
    this.plan = plan;
    this.server = server;
    this.trouble = trouble;
    this.database = server.newDatabase();
  }

  /** Makes and judges a history on a new database of a server. */
  static Workload.Result run(Plan plan, DatabaseServer server, Trouble trouble) throws Exception {
    ProcessWorkload workload = new ProcessWorkload(plan, server, trouble);
    try {
      return workload.run();
    } finally {
      workload.alive.forEach(ChildJvm::close);
      workload.clocks.forEach(WrongClock::close);
    }
  }

  private boolean isEmbedded() {
    return server.engine() == Engine.H2 || server.engine() == Engine.H2_MEMORY;
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
      int faults = trouble == Trouble.CLOCK_STEPS ? steps : plan.often();
      return Workload.Result.of(plan, history, faults, 0, mended);
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
      int enough = node.output().size() + 5 + random.nextInt(LINES / plan.often());
      await().until(() -> node.output().size() >= enough || isFinished(node));
      switch (trouble) {
        case KILLED -> {
          end(node);
          alive.add(start());
        }
        case PAUSED -> {
          node.pause();
          LockSupport.parkNanos(Duration.ofMillis(200L + random.nextInt(3_000)).toNanos());
          node.resume();
        }
        case CLOCK_STEPS -> setClocks(random);
      }
      mended.add(System.nanoTime());
    }
  }

  private void setClocks(Random random) {
    for (WrongClock clock : clocks) {
      ClockStep step = ClockStep.of(clock, random);
      if (isEmbedded()) {
        history.add(step);
      }
    }
  }

  private static boolean isFinished(ChildJvm node) {
    return node.output().contains(NodeProcess.FINISHED);
  }

  private ChildJvm start() {
    int number = started++;
    return ChildJvm.start(
        clockOf(number),
        NodeProcess.class,
        database.engine().name(),
        reachedBy(number).jdbcUrl(),
        database.user(),
        database.password(),
        "p" + number,
        Long.toString(1_000 * plan.seed() + number),
        Integer.toString(plan.steps()),
        Integer.toString(plan.keys()),
        Integer.toString(isEmbedded() ? plan.nodes() : 1));
  }

  /** In a cluster each has a node of its own. */
  private TestDatabase reachedBy(int number) {
    return server instanceof GaleraCluster cluster
        ? cluster.through(number % GaleraCluster.SIZE, database)
        : database;
  }

  /** Wrong from the beginning, if clocks are. */
  private Map<String, String> clockOf(int number) {
    if (trouble != Trouble.CLOCK_STEPS) {
      return Map.of();
    }
    WrongClock clock = new WrongClock();
    clock.set(Duration.ofHours(number % 2 == 0 ? 1 : -1));
    clocks.add(clock);
    return clock.environment();
  }

  private void end(ChildJvm node) throws Exception {
    node.kill();
    node.awaitExit();
    history.addLines(node.output());
    steps += Collections.frequency(node.output(), NodeProcess.CLOCK_SET);
    alive.remove(node);
  }
}
