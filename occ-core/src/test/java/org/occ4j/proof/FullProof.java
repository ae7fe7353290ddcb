/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.proof;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.occ4j.proof.ProcessWorkload.Trouble;
import org.occ4j.proof.Workload.Plan;
import org.occ4j.proof.Workload.Result;
import org.occ4j.testkit.DatabaseProcess;
import org.occ4j.testkit.DatabaseServer;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.GaleraCluster;
import org.occ4j.testkit.SmallDisk;
import org.occ4j.testkit.WrongClock;

/**
 * The full form of the proof: every scenario on every engine, three nodes, several seeds. It is no
 * part of {@code verify}; {@code .ci/prove} runs it and commits nothing by itself.
 */
class FullProof {
  private static final int ROUNDS = Integer.getInteger("occ.proof.rounds", 3);
  private static final long SEED = Long.getLong("occ.proof.seed", 1);
  private static final String ENGINES =
      System.getProperty("occ.proof.engines", "H2,POSTGRESQL,MARIADB,MARIADB_MYSQL_DRIVER");
  private static final String PAGE = System.getProperty("occ.proof.page", "../docs/proof.md");

  /** Three nodes of a Galera cluster, each of our nodes at another; {@code .ci/galera} runs it. */
  private static final String CLUSTER = "GALERA";

  private static final int NODES = 3;
  private static final int STEPS = 60;
  private static final int KEYS = 8;

  /** What is broken together. */
  private record Scenario(String name, List<Fault> faults, int often) {}

  /** Which scenarios: those whose names contain this. */
  private static final String ONLY = System.getProperty("occ.proof.only", "");

  private static final List<Scenario> SCENARIOS =
      List.of(
          new Scenario("nothing fails", List.of(), 0),
          new Scenario("connections reset, refused", List.of(Fault.RESET, Fault.CUT), 20),
          new Scenario(
              "request or answer lost at any statement",
              List.of(Fault.ANSWER_LOST, Fault.REQUEST_LOST),
              40),
          new Scenario(
              "reset or answer lost at COMMIT",
              List.of(Fault.COMMIT_ANSWER_LOST, Fault.COMMIT_RESET),
              30),
          new Scenario(
              "cut in one direction or both, delay",
              List.of(Fault.MUTE, Fault.DEAF, Fault.BLACK_HOLE, Fault.DELAY),
              16),
          new Scenario(
              "statement cancelled, session ended, pool evicts",
              List.of(Fault.CANCELLED, Fault.TERMINATED, Fault.EVICT),
              30),
          new Scenario("rows locked past the time-out", List.of(Fault.ROWS_LOCKED), 5),
          new Scenario("table altered", List.of(Fault.DDL), 10),
          new Scenario("server killed, restarted", List.of(Fault.SERVER_KILLED), 4),
          new Scenario("server out of connections", List.of(Fault.OUT_OF_CONNECTIONS), 3),
          new Scenario("server paused", List.of(Fault.SERVER_PAUSED), 4),
          new Scenario("all of these at once", List.of(Fault.values()), 24));

  private final ProofTable table = new ProofTable();
  private int done;

  @Test
  void prove_everyScenarioOnEveryEngine_findsNoViolation() throws Exception {
    for (String name : ENGINES.split(",", -1)) {
      try (DatabaseServer server =
          name.equals(CLUSTER) ? GaleraCluster.start() : Engine.valueOf(name).start()) {
        table.ranOn(server.version());
        prove(name, server);
      }
      table.writeInto(Path.of(PAGE));
    }
    System.out.println(table.text());
    assertThat(table.violations()).as("see target/proof").isZero();
  }

  private void prove(String engine, DatabaseServer server) throws Exception {
    for (Scenario scenario : SCENARIOS) {
      boolean possible =
          scenario.name().contains(ONLY)
              && (scenario.faults().isEmpty()
                  || !engine.equals("H2")
                  || scenario.faults().stream().anyMatch(Fault::isPossibleEmbedded));
      for (int round = 0; possible && round < ROUNDS; round++) {
        Plan plan = plan(scenario.name(), scenario.faults(), scenario.often(), round);
        report(engine, plan, () -> Workload.run(plan, server));
      }
    }
    proveOnSmallDisk(engine, server);
    proveWithNodes(engine, server, "node killed", Trouble.KILLED, 4);
    proveWithNodes(engine, server, "node paused", Trouble.PAUSED, 4);
    proveWithWrongClocks(engine, server);
  }

  private void proveWithNodes(
      String engine, DatabaseServer server, String name, Trouble trouble, int often)
      throws Exception {
    for (int round = 0; name.contains(ONLY) && round < ROUNDS; round++) {
      Plan plan = plan(name, List.of(), often, round);
      report(engine, plan, () -> ProcessWorkload.run(plan, server, trouble));
    }
  }

  /** Skipped, by name, where there is no libfaketime. On H2 the clock of the nodes is both. */
  private void proveWithWrongClocks(String engine, DatabaseServer server) throws Exception {
    String ofServer = "clock of the database steps";
    String ofNodes = engine.equals("H2") ? ofServer : "clocks of nodes step";
    if (!WrongClock.isPossible()) {
      System.out.println("    skipped: clocks, " + engine + ": no libfaketime was named");
      return;
    }
    proveWithNodes(engine, server, ofNodes, Trouble.CLOCK_STEPS, 8);
    if (server instanceof GaleraCluster cluster) {
      DatabaseProcess one = cluster.node(Arena.WITH_A_CLOCK);
      proveWithWrongClockOf(one, engine, server, "clock of a cluster node steps");
    } else if (server instanceof DatabaseProcess process) {
      proveWithWrongClockOf(process, engine, server, ofServer);
    }
  }

  private void proveWithWrongClockOf(
      DatabaseProcess process, String engine, DatabaseServer server, String name) throws Exception {
    if (!name.contains(ONLY)) {
      return;
    }
    try (WrongClock clock = WrongClock.of(process)) {
      clock.set(Duration.ofHours(-1));
      for (int round = 0; round < ROUNDS; round++) {
        Plan plan = plan(name, List.of(Fault.CLOCK_STEPS), 12, round);
        report(engine, plan, () -> Workload.run(plan, server));
      }
    }
  }

  /** Skipped, by name, where no disk can be mounted; not in a cluster. */
  private void proveOnSmallDisk(String engine, DatabaseServer server) throws Exception {
    String name = "disk full";
    if (!name.contains(ONLY) || engine.equals(CLUSTER)) {
      return;
    }
    DatabaseProcess process = server instanceof DatabaseProcess running ? running : null;
    try (SmallDisk disk = process == null ? SmallDisk.empty() : SmallDisk.under(process)) {
      if (disk == null) {
        System.out.println("    skipped: " + name + ", " + engine + ": no tmpfs can be mounted");
        return;
      }
      for (int round = 0; round < ROUNDS; round++) {
        Plan plan = plan(name, List.of(Fault.DISK_FULL), 4, round);
        Callable<Result> history =
            process == null
                ? () -> ProcessWorkload.run(plan, disk)
                : () -> Workload.run(plan, server);
        report(engine, plan, history);
      }
    }
  }

  private static Plan plan(String name, List<Fault> faults, int often, int round) {
    return new Plan(name, SEED + round, NODES, STEPS, KEYS, faults, often);
  }

  private void report(String engine, Plan plan, Callable<Result> history) throws Exception {
    try {
      report(engine, history.call());
    } catch (Exception | AssertionError ended) {
      table.addFailure(engine, plan.name());
      System.out.printf("%3d %s, %s, seed %d ended by%n", ++done, plan.name(), engine, plan.seed());
      ended.printStackTrace(System.out);
    }
  }

  private void report(String engine, Result result) throws Exception {
    System.out.printf("%3d %s%n", ++done, table.add(engine, result));
    if (!result.violations().isEmpty() || result.unresolved() > 0) {
      System.out.println(
          Judgement.write(
              result.plan().name() + " " + engine,
              result.plan().seed(),
              result.violations(),
              result.history()));
    }
  }
}
