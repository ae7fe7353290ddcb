/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.cache;

import java.sql.SQLException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.DoubleStream;
import org.occ4j.jmh.store.BenchmarkDatabase;
import org.occ4j.jmh.store.Samples;
import org.occ4j.testkit.DatabaseServer;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.TestDatabase;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * Runs every benchmark of the cache and prints tables in Markdown: hits and invalidations in
 * memory, the load of a hundred polling nodes, and commits with and without a change row, on
 * PostgreSQL.
 *
 * <pre>
 * java -cp 'occ-jmh/target/benchmarks.jar:occ-jmh/target/servers/*' \
 *     org.occ4j.jmh.cache.CacheTable [options of JMH]
 * </pre>
 *
 * <p>{@code -f} is the number of rounds. Each round runs every rival once, in a JVM of its own, so
 * that a noisy minute of the machine falls on all of them. {@code -p} narrows the parameters; with
 * {@code -t} hits are measured with that number of threads only.
 */
public final class CacheTable {
  private static final int DEFAULT_ROUNDS = 3;
  private static final Duration POLLING = Duration.ofSeconds(10);

  /** What one row is about, but for the rival. */
  private record Subject(String name, int threads, String parameters) {}

  private record Row(Subject subject, String rival) {}

  private final CommandLineOptions options;
  private final Map<Row, Samples> samples = new LinkedHashMap<>();

  private CacheTable(CommandLineOptions options) {
    this.options = options;
  }

  /** Measures and prints. */
  public static void main(String[] arguments) throws Exception {
    CacheTable table = new CacheTable(new CommandLineOptions(arguments));
    int rounds = table.options.getForkCount().orElse(DEFAULT_ROUNDS);
    for (int round = 0; round < rounds; round++) {
      for (int threads : table.threads()) {
        table.run(table.hits(threads));
      }
      table.run(table.builder("cache.InvalidateBenchmark"));
    }
    String postgresql = table.measureDatabase(rounds);
    table.print();
    System.out.println(postgresql);
  }

  private OptionsBuilder builder(String name) throws CommandLineOptionException {
    OptionsBuilder builder = new OptionsBuilder();
    builder.parent(options).include(name).forks(1).shouldFailOnError(true);
    return builder;
  }

  private int[] threads() {
    return options.getThreads().hasValue()
        ? new int[] {options.getThreads().get()}
        : new int[] {1, 2, 4, 8};
  }

  private OptionsBuilder hits(int threads) throws CommandLineOptionException {
    OptionsBuilder hits = builder("cache.HitBenchmark");
    hits.threads(threads);
    if (!options.getWarmupIterations().hasValue()) {
      // The compilers get their share of the processors only: the more readers, the later.
      hits.warmupIterations(4 + 2 * threads);
    }
    return hits;
  }

  private void run(OptionsBuilder builder) throws RunnerException {
    for (RunResult result : new Runner(builder.build()).run()) {
      collect(result);
    }
  }

  private String measureDatabase(int rounds)
      throws SQLException, RunnerException, CommandLineOptionException {
    try (DatabaseServer server = Engine.POSTGRESQL.start()) {
      StringBuilder text = new StringBuilder("\n" + server.version() + "\n");
      text.append(BenchmarkDatabase.durability(server.newDatabase())).append("\n\n");
      text.append("| nodes | polls/s | cores of the server | ms of a core for a poll |\n");
      text.append("|---|---|---|---|\n");
      text.append(PollingNodes.measure(server.newDatabase(), POLLING).row()).append('\n');
      for (int round = 0; round < rounds; round++) {
        for (String changeRow : new String[] {"false", "true"}) {
          TestDatabase database = server.newDatabase();
          OptionsBuilder builder = builder("cache.ChangeRowBenchmark");
          builder.param("changeRow", changeRow);
          builder.jvmArgsAppend(BenchmarkDatabase.jvmArguments(database));
          run(builder);
        }
      }
      return text.toString();
    }
  }

  private void collect(RunResult result) {
    BenchmarkParams params = result.getParams();
    String name = params.getBenchmark();
    StringBuilder parameters = new StringBuilder();
    for (String key : params.getParamsKeys()) {
      if (!isRival(key)) {
        parameters.append(key).append(' ').append(params.getParam(key)).append(' ');
      }
    }
    Subject subject =
        new Subject(
            name.substring(name.lastIndexOf('.') + 1),
            params.getThreads(),
            parameters.toString().trim());
    String rival = params.getParam("rival");
    Row row = new Row(subject, rival == null ? commitsOf(params) : rival);
    Samples measured = samples.computeIfAbsent(row, same -> new Samples());
    if (params.getMode() == Mode.SingleShotTime) {
      // A shot is over in microseconds; one that was disturbed must not speak for the others.
      shots(result).forEach(measured::add);
    } else {
      measured.add(result.getPrimaryResult().getScore());
    }
  }

  private static DoubleStream shots(RunResult result) {
    return result.getBenchmarkResults().stream()
        .flatMap(fork -> fork.getIterationResults().stream())
        .mapToDouble(iteration -> iteration.getPrimaryResult().getScore());
  }

  private static boolean isRival(String parameter) {
    return parameter.equals("rival") || parameter.equals("changeRow");
  }

  private static String commitsOf(BenchmarkParams params) {
    return Boolean.parseBoolean(params.getParam("changeRow")) ? "WITH_CHANGE" : "WITHOUT";
  }

  private void print() {
    System.out.println(
        "| benchmark | threads | with | who | ns, or commits/s | of rounds or shots | ratio |");
    System.out.println("|---|---|---|---|---|---|---|");
    samples.forEach(this::print);
  }

  private void print(Row row, Samples measured) {
    Samples base = samples.getOrDefault(new Row(row.subject(), base(row)), new Samples());
    System.out.printf(
        Locale.ROOT,
        "| %s | %d | %s | %s | %.1f | %s | %.2f |%n",
        row.subject().name(),
        row.subject().threads(),
        row.subject().parameters(),
        row.rival(),
        measured.median(),
        measured.spread("%.1f"),
        measured.median() / base.median());
  }

  /** With whom a row is compared: raw Caffeine, the index, the commit without a change row. */
  private static String base(Row row) {
    return switch (row.subject().name()) {
      case "hit" -> CacheRival.CAFFEINE.name();
      case "invalidate" -> CacheRival.CAFFEINE_INDEX.name();
      default -> "WITHOUT";
    };
  }
}
