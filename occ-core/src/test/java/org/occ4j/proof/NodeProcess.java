/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.proof;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.TestDatabase;
import org.occ4j.testkit.Together;

/**
 * Nodes in a process of their own, which prints what it records, a line before and after each call,
 * so that what is under way when it is killed is known to be.
 */
final class NodeProcess {
  /** What it prints when its workers have made all their calls. */
  static final String FINISHED = "workers have finished";

  /** What it prints when it sees that its wall clock was set. */
  static final String CLOCK_SET = "wall clock was set";

  private static final AtomicLong clock = new AtomicLong(secondsOfTheClock());
  private static final int WORKERS = 2;
  private static final int SETTLING = 50;

  private NodeProcess() {}

  /** The arguments are the database, a name, a seed, and how many steps, keys and nodes. */
  public static void main(String[] arguments) throws Exception {
    TestDatabase database =
        new TestDatabase(Engine.valueOf(arguments[0]), arguments[1], arguments[2], arguments[3]);
    String name = arguments[4];
    long seed = Long.parseLong(arguments[5]);
    int steps = Integer.parseInt(arguments[6]);
    List<String> keys = Closing.keys(Integer.parseInt(arguments[7]));
    int nodes = Integer.parseInt(arguments[8]);
    AtomicReference<@Nullable Intent> latest = new AtomicReference<>();
    List<Together.Body> bodies = new ArrayList<>();
    for (int i = 0; i < nodes; i++) {
      JdbcNode node = new JdbcNode(name + "." + i, database.dataSource(), printing());
      for (int j = 0; j < WORKERS; j++) {
        Client client = new Client(name + "." + i + "." + j, node.node(), printing());
        Worker worker = new Worker(client, keys, latest, 31 * seed + 7L * i + j);
        bodies.add(() -> work(worker, steps));
      }
    }
    Together.run(bodies);
    System.out.print(FINISHED + "\n");
    Thread.currentThread().join(); // it waits to be killed
  }

  private static void work(Worker worker, int steps) throws Exception {
    for (int step = 0; step < steps; step++) {
      worker.step();
    }
    for (int i = 0; i < SETTLING && !worker.settle(); i++) {
      Thread.onSpinWait();
    }
  }

  private static Consumer<Record> printing() {
    return withoutFeed(
        record -> {
          lookAtTheClock();
          System.out.print(Lines.of(record) + "\n");
        });
  }

  private static void lookAtTheClock() {
    long now = secondsOfTheClock();
    if (Math.abs(now - clock.getAndSet(now)) > 1) {
      System.out.print(CLOCK_SET + "\n");
    }
  }

  /**
   * Of the wall clock, less those of the monotonic one: constant unless somebody sets the first.
   */
  private static long secondsOfTheClock() {
    return TimeUnit.MILLISECONDS.toSeconds(
        System.currentTimeMillis() - TimeUnit.NANOSECONDS.toMillis(System.nanoTime()));
  }

  /** Followers that do not live as long as the history are no matter of it. */
  static Consumer<Record> withoutFeed(Consumer<Record> recorder) {
    return record -> {
      if (!(record instanceof FeedEntry)) {
        recorder.accept(record);
      }
    };
  }
}
