/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.pipeline;

import com.zaxxer.hikari.HikariDataSource;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.occ4j.jdbc.Housekeeping;
import org.occ4j.jdbc.HousekeepingStats;
import org.occ4j.jdbc.OccDatabase;
import org.occ4j.testkit.DatabaseServer;
import org.occ4j.testkit.Engine;

/**
 * Fills the table of answers with millions whose retention is over, carries out mutations beside
 * them, and then has another node's housekeeping remove them meanwhile. Prints, of the rounds
 * without and with it, throughput and latencies, and how long the purge took.
 *
 * <pre>
 * java -cp 'occ-jmh/target/benchmarks.jar:occ-jmh/target/servers/*' \
 *     org.occ4j.jmh.pipeline.PurgeTable [--engine POSTGRESQL] [--answers 10000000] [--threads 8] \
 *     [--pool 16] [--seconds 5] [--rounds 6] [--batch 500] [--pause 50]
 * </pre>
 *
 * <p>A run in which a mutation was lost, done twice, or answered otherwise when it was sent again,
 * fails: what is purged must be what is over, and nothing else.
 */
public final class PurgeTable {
  private static final Map<String, String> DEFAULTS =
      Map.of(
          "engine", "POSTGRESQL,MARIADB",
          "answers", "10000000",
          "threads", "8",
          "pool", "16",
          "seconds", "5",
          "rounds", "6",
          "batch", "500",
          "pause", "50");

  /** For the housekeeping and the renewal of its lease. */
  private static final int POOL_OF_THE_OTHER_NODE = 2;

  private final TableOptions options;
  private final Duration length;

  private PurgeTable(TableOptions options) {
    this.options = options;
    this.length = Duration.ofSeconds(options.number("seconds"));
  }

  /** Measures and prints. */
  public static void main(String[] arguments) throws Exception {
    TableOptions options = TableOptions.parse(arguments, DEFAULTS);
    System.out.println("| engine | rounds | mutations/s | p50 us | p99 us | worst p99 us |");
    System.out.println("|---|---|---|---|---|---|");
    for (Engine engine : options.constants("engine", Engine.class)) {
      try (DatabaseServer server = engine.start()) {
        new PurgeTable(options).measure(engine, server);
      }
    }
  }

  private void measure(Engine engine, DatabaseServer server) throws Exception {
    PipelineCase subject =
        new PipelineCase(
            engine, PipelineCase.Kind.OWN, options.number("threads"), options.number("pool"), 0, 0);
    try (Crowd crowd = Crowd.of(new Contestant(subject, PipelineRival.OCC), server)) {
      crowd.run(length); // Warms up, and leaves an answer to be multiplied.
      long answers = options.longs("answers").get(0);
      new TableFiller(crowd.database(), PipelineRival.OCC).fillAnswersThatAreOver(answers);
      print(engine, "without", rounds(crowd, options.number("rounds")));
      whilePurging(engine, crowd, answers);
      print(engine, "afterwards", rounds(crowd, options.number("rounds")));
      crowd.verify();
    }
  }

  private void whilePurging(Engine engine, Crowd crowd, long answers) throws Exception {
    Housekeeping settings =
        Housekeeping.defaults()
            .interval(Duration.ofMillis(100))
            .batchSize(options.number("batch"))
            .pause(Duration.ofMillis(options.number("pause")));
    try (HikariDataSource pool = crowd.database().pool(POOL_OF_THE_OTHER_NODE);
        OccDatabase other = OccDatabase.builder(pool).housekeeping(settings).open()) {
      long begin = System.nanoTime();
      List<Crowd.Round> rounds =
          Stream.iterate(crowd.run(length), last -> uncheckedRun(crowd))
              .takeWhile(round -> removed(other) < answers)
              .toList();
      Duration took = Duration.ofNanos(System.nanoTime() - begin);
      print(engine, "while purging", rounds);
      HousekeepingStats stats = other.stats().housekeeping();
      System.out.printf("%s: %,d answers were purged in %s%n", engine, stats.answers(), took);
    }
  }

  private static long removed(OccDatabase other) {
    return other.stats().housekeeping().answers();
  }

  private Crowd.Round uncheckedRun(Crowd crowd) {
    try {
      return crowd.run(length);
    } catch (Exception failed) {
      throw new IllegalStateException(failed);
    }
  }

  private List<Crowd.Round> rounds(Crowd crowd, int count) {
    return Stream.generate(() -> uncheckedRun(crowd)).limit(count).toList();
  }

  private static void print(Engine engine, String when, List<Crowd.Round> rounds) {
    if (rounds.isEmpty()) {
      System.out.printf("| %s | %s: it was over before a round was | | | | |%n", engine, when);
      return;
    }
    List<Crowd.Round> byP99 =
        rounds.stream().sorted(Comparator.comparingDouble(Crowd.Round::p99Micros)).toList();
    Crowd.Round median = byP99.get(byP99.size() / 2);
    Crowd.Round worst = byP99.get(byP99.size() - 1);
    System.out.printf(
        "| %s | %s (%d) | %,.0f | %,.0f | %,.0f | %,.0f |%n",
        engine,
        when,
        rounds.size(),
        median.perSecond(),
        median.p50Micros(),
        median.p99Micros(),
        worst.p99Micros());
  }
}
