/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.idempotency;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.occ4j.jmh.store.BenchmarkDatabase;
import org.occ4j.jmh.store.Samples;
import org.occ4j.testkit.DatabaseServer;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.TestDatabase;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * Starts a PostgreSQL, runs the benchmarks of the registry over JDBC on it with one thread and with
 * four, and prints one table in Markdown: the median of the rounds in microseconds, the least and
 * the greatest of them, and how many times as long as this library each takes. Before it, what the
 * server says about its durability.
 *
 * <pre>
 * java -cp 'occ-jmh/target/benchmarks.jar:occ-jmh/target/servers/*' \
 *     org.occ4j.jmh.idempotency.JdbcIdempotencyTable [options of JMH]
 * </pre>
 *
 * <p>{@code -f} is the number of rounds. Each round runs every rival once, in a JVM of its own and
 * on an empty database, so that a noisy minute of the machine falls on all of them.
 */
public final class JdbcIdempotencyTable {
  private static final int DEFAULT_ROUNDS = 3;

  private record Row(String name, int threads, String rival) {}

  private final Map<Row, Samples> micros = new LinkedHashMap<>();
  private final CommandLineOptions options;

  private JdbcIdempotencyTable(CommandLineOptions options) {
    this.options = options;
  }

  /** Measures and prints. */
  public static void main(String[] arguments) throws Exception {
    JdbcIdempotencyTable table = new JdbcIdempotencyTable(new CommandLineOptions(arguments));
    try (DatabaseServer server = Engine.POSTGRESQL.start()) {
      String heading =
          server.version() + "\n" + BenchmarkDatabase.durability(server.newDatabase()) + "\n";
      int rounds = table.options.getForkCount().orElse(DEFAULT_ROUNDS);
      for (int round = 0; round < rounds; round++) {
        for (int threads : new int[] {1, 4}) {
          for (MutationRival rival : MutationRival.values()) {
            table.run(server, threads, rival);
          }
        }
      }
      System.out.println(heading);
    }
    System.out.println("| benchmark | threads | who | µs | of rounds | times OCC |");
    System.out.println("|---|---|---|---|---|---|");
    table.micros.forEach(table::print);
  }

  private void run(DatabaseServer server, int threads, MutationRival rival) throws RunnerException {
    TestDatabase database = server.newDatabase();
    OptionsBuilder builder = new OptionsBuilder();
    builder.parent(options).include("idempotency.JdbcRegistryBenchmark");
    builder.param("rival", rival.name()).threads(threads).forks(1).shouldFailOnError(true);
    builder.jvmArgsAppend(BenchmarkDatabase.jvmArguments(database));
    new Runner(builder.build()).run().forEach(this::collect);
  }

  private void collect(RunResult result) {
    String name = result.getParams().getBenchmark();
    Row row =
        new Row(
            name.substring(name.lastIndexOf('.') + 1),
            result.getParams().getThreads(),
            result.getParams().getParam("rival"));
    micros.computeIfAbsent(row, same -> new Samples()).add(result.getPrimaryResult().getScore());
  }

  private void print(Row row, Samples samples) {
    Row ours = new Row(row.name(), row.threads(), MutationRival.OCC.name());
    System.out.printf(
        Locale.ROOT,
        "| %s | %d | %s | %.1f | %s | %.2f |%n",
        row.name(),
        row.threads(),
        row.rival(),
        samples.median(),
        samples.spread("%.1f"),
        samples.median() / micros.getOrDefault(ours, new Samples()).median());
  }
}
