/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.occ4j.testkit.Patience.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.occ4j.proof.Operation.Told;
import org.occ4j.proof.Workload.Plan;
import org.occ4j.testkit.ChildJvm;
import org.occ4j.testkit.DatabaseServer;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.GaleraCluster;
import org.occ4j.testkit.H2Server;
import org.occ4j.testkit.SmallDisk;
import org.occ4j.testkit.TestDatabase;
import org.occ4j.testkit.WrongClock;

/**
 * Makes one history with nodes that are processes, killed (and replaced by new ones) or paused in
 * the middle of whatever they do, with clocks of their own that step, or, on H2, with a disk that
 * is full. On H2 the database dies with them and has their clock. What a killed node had begun
 * stays of unknown outcome.
 */
final class ProcessWorkload {
  /** Of a node, among which its faults are. */
  private static final int LINES = 480;

  private static final Set<Told> SEEN = EnumSet.of(Told.FOUND, Told.CONFLICT, Told.REPLAYED);

  private final Plan plan;
  private final DatabaseServer server;
  private final Trouble trouble;
  private final TestDatabase database;
  private final History history = new History();
  private final List<ChildJvm> alive = new ArrayList<>();
  private final List<Long> mended = new ArrayList<>();
  private final List<WrongClock> clocks = new ArrayList<>();
  private final List<Span> without = new ArrayList<>();
  private final @Nullable SmallDisk disk;
  private int started;
  private int struck;

  /** When nothing went on the disk. */
  private record Span(long begun, long ended) {}

  /** What nodes have. */
  enum Trouble {
    KILLED,
    PAUSED,
    CLOCK_STEPS,
    DISK_FULL
  }

  private ProcessWorkload(
      Plan plan, DatabaseServer server, Trouble trouble, @Nullable SmallDisk disk) {
    this.plan = plan;
    this.server = server;
    this.trouble = trouble;
    this.disk = disk;
    this.database = server.newDatabase();
  }

  /** Makes and judges a history on a new database of a server. */
  static Workload.Result run(Plan plan, DatabaseServer server, Trouble trouble) throws Exception {
    return run(new ProcessWorkload(plan, server, trouble, null));
  }

  /** Makes and judges a history on a new database of H2 on a disk that is filled. */
  static Workload.Result run(Plan plan, SmallDisk disk) throws Exception {
    return run(new ProcessWorkload(plan, H2Server.on(disk), Trouble.DISK_FULL, disk));
  }

  private static Workload.Result run(ProcessWorkload workload) throws Exception {
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
      return Workload.Result.of(plan, judged(), struck, 0, mended);
    } finally {
      observers.forEach(JdbcNode::close);
    }
  }

  /**
   * H2 shows a commit before it is in the file. So what was only seen while nothing went on the
   * disk, a replay included, may be forgotten and is not judged; what was done is.
   */
  private History judged() {
    return history.without(this::isSeenWithoutDisk);
  }

  private boolean isSeenWithoutDisk(Operation operation) {
    return SEEN.contains(operation.told())
        && without.stream()
            .anyMatch(span -> operation.began() < span.ended() && operation.ended() > span.begun());
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
      awaitLines(node, 5 + random.nextInt(LINES / plan.often()));
      switch (trouble) {
        case KILLED -> {
          renew(node);
          struck++;
        }
        case PAUSED -> {
          node.pause();
          LockSupport.parkNanos(Duration.ofMillis(200L + random.nextInt(3_000)).toNanos());
          node.resume();
          struck++;
        }
        case CLOCK_STEPS -> setClocks(random);
        case DISK_FULL -> fillDisk(node, random);
      }
      mended.add(System.nanoTime());
    }
  }

  private static void awaitLines(ChildJvm node, int more) {
    int enough = node.output().size() + more;
    await().until(() -> node.output().size() >= enough || isFinished(node) || !node.isAlive());
    assertThat(node.isAlive()).as(() -> String.join("\n", node.output())).isTrue();
  }

  private void renew(ChildJvm node) throws Exception {
    end(node);
    alive.add(start());
  }

  /** For so many answers; then there is room again, and the process begins again. */
  private void fillDisk(ChildJvm node, Random random) throws Exception {
    SmallDisk full = Objects.requireNonNull(disk);
    long before = refused(node);
    long begun = System.nanoTime();
    full.fill();
    await().until(() -> refused(node) > before || isFinished(node) || !node.isAlive());
    awaitLines(node, random.nextInt(LINES / plan.often() / 2));
    struck += refused(node) > before ? 1 : 0;
    full.makeRoom();
    renew(node);
    without.add(new Span(begun, System.nanoTime()));
  }

  /** How many calls were told that nothing was done, or that nobody knows. */
  private static long refused(ChildJvm node) {
    return node.output().stream()
        .map(Lines::parse)
        .filter(
            record ->
                record instanceof Operation told
                    && told.ended() != Operation.NEVER
                    && (told.told() == Told.NOTHING_DONE || told.told() == Told.UNKNOWN))
        .count();
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
    struck +=
        trouble != Trouble.CLOCK_STEPS
            ? 0
            : Collections.frequency(node.output(), NodeProcess.CLOCK_SET);
    alive.remove(node);
  }
}
