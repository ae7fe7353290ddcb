/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.store;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * Runs every benchmark of the store in memory and prints one table in Markdown: the median of the
 * rounds in nanoseconds, the least and the greatest of them, bytes allocated, and the ratio to the
 * map's own time in the same run.
 *
 * <pre>
 * java -cp occ-jmh/target/benchmarks.jar org.occ4j.jmh.store.StoreTable [options of JMH]
 * </pre>
 *
 * <p>{@code -f} is the number of rounds. Each round runs every rival once, in a JVM of its own, so
 * that a noisy minute of the machine falls on all of them.
 */
public final class StoreTable {
  private static final int DEFAULT_ROUNDS = 3;

  private record Row(String name, int threads, String rival) {}

  private final Map<Row, Samples> nanos = new LinkedHashMap<>();
  private final Map<Row, Samples> bytes = new LinkedHashMap<>();
  private final CommandLineOptions options;

  private StoreTable(CommandLineOptions options) {
    this.options = options;
  }

  /** Measures and prints. */
  public static void main(String[] options) throws Exception {
    StoreTable table = new StoreTable(new CommandLineOptions(options));
    int rounds = table.options.getForkCount().orElse(DEFAULT_ROUNDS);
    for (int round = 0; round < rounds; round++) {
      for (int threads : new int[] {1, 2}) {
        table.measure("store.StoreBenchmark", threads);
        table.measure("store.CommitBenchmark", threads);
      }
    }
    table.print();
  }

  private void measure(String name, int threads)
      throws RunnerException, CommandLineOptionException {
    OptionsBuilder builder = new OptionsBuilder();
    builder.parent(options).include(name).threads(threads).forks(1).addProfiler(GCProfiler.class);
    for (RunResult result : new Runner(builder.build()).run()) {
      collect(threads, result);
    }
  }

  private void collect(int threads, RunResult result) {
    String name = result.getParams().getBenchmark();
    String rival = result.getParams().getParam("rival");
    Row row =
        new Row(
            name.substring(name.lastIndexOf('.') + 1),
            threads,
            rival == null ? StoreRival.OCC.name() : rival);
    nanos.computeIfAbsent(row, same -> new Samples()).add(result.getPrimaryResult().getScore());
    bytes.computeIfAbsent(row, same -> new Samples()).add(allocated(result));
  }

  private static double allocated(RunResult result) {
    Result<?> allocated = result.getSecondaryResults().get("gc.alloc.rate.norm");
    if (allocated == null) {
      allocated = result.getSecondaryResults().get("·gc.alloc.rate.norm");
    }
    return allocated == null ? Double.NaN : allocated.getScore();
  }

  private void print() {
    System.out.println("| benchmark | threads | who | ns | of rounds | B | times MAP_REPLACE |");
    System.out.println("|---|---|---|---|---|---|---|");
    nanos.forEach(this::print);
  }

  private void print(Row row, Samples samples) {
    Samples map = nanos.get(new Row(row.name(), row.threads(), StoreRival.MAP_REPLACE.name()));
    Samples allocated = bytes.getOrDefault(row, new Samples());
    System.out.printf(
        Locale.ROOT,
        "| %s | %d | %s | %.1f | %s | %.0f | %s |%n",
        row.name(),
        row.threads(),
        row.rival(),
        samples.median(),
        samples.spread("%.1f"),
        allocated.median(),
        map == null ? "" : String.format(Locale.ROOT, "%.2f", samples.median() / map.median()));
  }
}
