/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.idempotency;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.occ4j.jmh.store.Samples;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * Runs the benchmarks of the registry in memory and prints one table in Markdown: the median of the
 * rounds in nanoseconds, the least and the greatest of them, bytes allocated, and the ratio to the
 * map's own time in the same run.
 *
 * <pre>
 * java -cp occ-jmh/target/benchmarks.jar org.occ4j.jmh.idempotency.IdempotencyTable [options of JMH]
 * </pre>
 *
 * <p>{@code -f} is the number of rounds. Each round runs every rival once, in a JVM of its own, so
 * that a noisy minute of the machine falls on all of them.
 */
public final class IdempotencyTable {
  private static final int DEFAULT_ROUNDS = 3;

  private record Row(String name, String rival) {}

  private final Map<Row, Samples> nanos = new LinkedHashMap<>();
  private final Map<Row, Samples> bytes = new LinkedHashMap<>();

  private IdempotencyTable() {}

  /** Measures and prints. */
  public static void main(String[] arguments) throws Exception {
    IdempotencyTable table = new IdempotencyTable();
    CommandLineOptions options = new CommandLineOptions(arguments);
    int rounds = options.getForkCount().orElse(DEFAULT_ROUNDS);
    for (int round = 0; round < rounds; round++) {
      OptionsBuilder builder = new OptionsBuilder();
      builder.parent(options).include("idempotency.RegistryBenchmark").threads(1).forks(1);
      builder.shouldFailOnError(true).addProfiler(GCProfiler.class);
      new Runner(builder.build()).run().forEach(table::collect);
    }
    System.out.println("| benchmark | who | ns | of rounds | B | times MAP |");
    System.out.println("|---|---|---|---|---|---|");
    table.nanos.forEach(table::print);
  }

  private void collect(RunResult result) {
    String name = result.getParams().getBenchmark();
    Row row =
        new Row(name.substring(name.lastIndexOf('.') + 1), result.getParams().getParam("rival"));
    nanos.computeIfAbsent(row, same -> new Samples()).add(result.getPrimaryResult().getScore());
    Result<?> allocated = result.getSecondaryResults().get("gc.alloc.rate.norm");
    if (allocated != null) {
      bytes.computeIfAbsent(row, same -> new Samples()).add(allocated.getScore());
    }
  }

  private void print(Row row, Samples samples) {
    Samples map = nanos.getOrDefault(new Row(row.name(), RegistryRival.MAP.name()), new Samples());
    System.out.printf(
        Locale.ROOT,
        "| %s | %s | %.1f | %s | %.0f | %.2f |%n",
        row.name(),
        row.rival(),
        samples.median(),
        samples.spread("%.1f"),
        bytes.getOrDefault(row, new Samples()).median(),
        samples.median() / map.median());
  }
}
