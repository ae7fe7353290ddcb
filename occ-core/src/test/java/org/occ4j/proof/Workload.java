/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.proof;

import static org.occ4j.testkit.Patience.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.awaitility.core.ConditionTimeoutException;
import org.jspecify.annotations.Nullable;
import org.occ4j.proof.Operation.Call;
import org.occ4j.proof.Operation.Told;
import org.occ4j.testkit.DatabaseServer;
import org.occ4j.testkit.Together;

/**
 * Makes one history: workers on each node make so many calls each, while faults are injected; then
 * everything is mended, what has no answer is sent again, each node reads each key, and the judges
 * judge. The number of calls bounds it, never time.
 */
final class Workload {
  private static final int WORKERS_EACH = 2;

  private final Plan plan;
  private final History history = new History();
  private final Arena arena;
  private final List<Worker> workers = new ArrayList<>();
  private final AtomicInteger steps = new AtomicInteger();
  private final AtomicInteger running = new AtomicInteger();
  private volatile int enough = Integer.MAX_VALUE;
  private final List<BooleanSupplier> injected = new CopyOnWriteArrayList<>();
  private final List<Long> mended = new CopyOnWriteArrayList<>();

  /**
   * What to do.
   *
   * @param name of the scenario
   * @param seed of what workers call and of what is broken; threads meet as they will
   * @param nodes how many
   * @param steps of each worker
   * @param keys how many keys they share
   * @param faults what may be injected; none for a quiet history
   * @param often how many faults
   */
  record Plan(
      String name, long seed, int nodes, int steps, int keys, List<Fault> faults, int often) {}

  private Workload(Plan plan, DatabaseServer server) throws Exception {
    this.plan = plan;
    arena = new Arena(server, plan.nodes(), history::add, steps::get);
    AtomicReference<@Nullable Intent> latest = new AtomicReference<>();
    for (int i = 0; i < plan.nodes() * WORKERS_EACH; i++) {
      Client client = client("w" + i, arena.nodes().get(i % plan.nodes()));
      workers.add(new Worker(client, keys(), latest, 31 * plan.seed() + i));
    }
  }

  private Client client(String name, JdbcNode node) {
    return new Client(name, node.node(), history::add);
  }

  private List<String> keys() {
    return Closing.keys(plan.keys());
  }

  /** Makes and judges a history on a new database of a server. */
  static Result run(Plan plan, DatabaseServer server) throws Exception {
    Workload workload = new Workload(plan, server);
    try (workload.arena) {
      return workload.run();
    }
  }

  private Result run() throws Exception {
    List<Together.Body> bodies = new ArrayList<>();
    running.set(workers.size());
    bodies.add(this::breakThings);
    for (Worker worker : workers) {
      bodies.add(() -> work(worker));
    }
    Together.run(bodies);
    int faults = (int) injected.stream().filter(BooleanSupplier::getAsBoolean).count();
    arena.heal();
    int unresolved = settle();
    Closing.readAll(arena.nodes(), arena.database(), keys(), history);
    Closing.awaitFollowers(arena.nodes(), history);
    Closing.readCaches(arena.nodes(), keys(), history);
    return Result.of(plan, history, faults, unresolved, List.copyOf(mended));
  }

  private void work(Worker worker) throws Exception {
    try {
      for (int i = 0; i < plan.steps(); i++) {
        while (steps.get() >= enough || arena.isHeld()) {
          LockSupport.parkNanos(Duration.ofMillis(1).toNanos());
        }
        worker.step();
        steps.incrementAndGet();
      }
    } finally {
      running.decrementAndGet();
    }
  }

  /**
   * Injects the faults at even distances in the number of calls. Workers make the calls of one
   * distance while there is a fault, and then wait for its end: none finds them finished.
   */
  private void breakThings() throws Exception {
    Random random = new Random(plan.seed());
    List<Fault> possible = plan.faults().stream().filter(f -> f.isPossibleIn(arena)).toList();
    int faults = possible.isEmpty() ? 0 : plan.often();
    try {
      for (int i = 1; i <= faults; i++) {
        awaitSteps(due(i, faults));
        enough = due(i + 1, faults);
        injected.add(possible.get(random.nextInt(possible.size())).inject(arena, random));
        mended.add(System.nanoTime());
      }
    } finally {
      enough = Integer.MAX_VALUE;
    }
    awaitSteps(due(faults + 1, faults));
  }

  /** How many calls there are before the fault of that number. */
  private int due(int fault, int faults) {
    return plan.steps() * workers.size() * fault / (faults + 1);
  }

  private void awaitSteps(int due) {
    while (steps.get() < due && running.get() > 0) {
      arena.keepServer();
      LockSupport.parkNanos(Duration.ofMillis(1).toNanos());
    }
  }

  /** How many mutations stay without an answer though everything is mended. */
  private int settle() {
    return (int) workers.stream().filter(worker -> !isSettled(worker)).count();
  }

  private static boolean isSettled(Worker worker) {
    try {
      await().until(worker::settle);
      return true;
    } catch (ConditionTimeoutException never) {
      return false;
    }
  }

  /**
   * What came of a history.
   *
   * @param plan what was done
   * @param history all that was recorded
   * @param violations what cannot be
   * @param faults how many faults struck
   * @param unresolved how many mutations stayed without an answer
   * @param recovery the longest time from the end of a fault to the next call that was answered
   */
  record Result(
      Plan plan,
      History history,
      List<Violation> violations,
      int faults,
      int unresolved,
      Duration recovery) {

    static Result of(Plan plan, History history, int faults, int unresolved, List<Long> mended) {
      return new Result(
          plan, history, violations(plan, history), faults, unresolved, recovery(history, mended));
    }

    /**
     * A server that is killed may forget what it has shown but not acknowledged; a feed says so.
     */
    private static List<Violation> violations(Plan plan, History history) {
      boolean forgets =
          plan.faults().contains(Fault.SERVER_KILLED) || plan.faults().contains(Fault.DISK_FULL);
      return Judgement.of(history).stream()
          .filter(violation -> !(forgets && violation.kind() == Violation.Kind.FEED_MISSED))
          .toList();
    }

    private static Duration recovery(History history, List<Long> mended) {
      List<Operation> answered =
          history.operations().stream()
              .filter(operation -> operation.call() != Call.EFFECT)
              .filter(operation -> operation.call() != Call.CACHED_READ)
              .filter(operation -> operation.isApplied() || operation.told() == Told.FOUND)
              .toList();
      return Duration.ofNanos(
          mended.stream()
              .mapToLong(
                  end ->
                      answered.stream()
                          .mapToLong(operation -> operation.ended() - end)
                          .filter(after -> after > 0)
                          .min()
                          .orElse(0))
              .max()
              .orElse(0));
    }

    int operations() {
      return history.operations().size() + history.holds().size();
    }

    long unknown() {
      return history.operations().stream().filter(Operation::isUnknown).count();
    }

    /** Fails if anything is wrong, and says where all of it is written. */
    Result orFail(String engine) throws Exception {
      if (violations.isEmpty() && unresolved == 0) {
        return this;
      }
      String name = plan.name() + " " + engine;
      throw new AssertionError(
          "%s, seed %d: %s, %d unresolved; see %s"
              .formatted(
                  name,
                  plan.seed(),
                  violations,
                  unresolved,
                  Judgement.write(name, plan.seed(), violations, history)));
    }
  }
}
