/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.pipeline;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.occ4j.jmh.store.Samples;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * Runs the benchmark of the pipeline in memory and prints one table in Markdown: nanoseconds and
 * bytes of a mutation, the median of the rounds and their quartiles.
 *
 * <pre>
 * java -cp occ-jmh/target/benchmarks.jar org.occ4j.jmh.pipeline.MemoryPipelineTable [options of JMH]
 * </pre>
 *
 * <p>{@code -f} is the number of rounds. Each round runs every rival once, in a JVM of its own, so
 * that a noisy minute of the machine falls on all of them.
 */
public final class MemoryPipelineTable {
  private static final int DEFAULT_ROUNDS = 5;
  private static final double BUDGET_NANOS = 1500;

  private record Row(String name, String rival) {}

  private final Map<Row, Samples> nanos = new LinkedHashMap<>();
  private final Map<Row, Samples> bytes = new LinkedHashMap<>();
  private final CommandLineOptions options;

  private MemoryPipelineTable(CommandLineOptions options) {
    this.options = options;
  }

  /** Measures and prints. */
  public static void main(String[] arguments) throws Exception {
    MemoryPipelineTable table = new MemoryPipelineTable(new CommandLineOptions(arguments));
    int rounds = table.options.getForkCount().orElse(DEFAULT_ROUNDS);
    for (int round = 0; round < rounds; round++) {
      table.measure();
    }
    System.out.println("| benchmark | who | ns | quartiles | B | asked |");
    System.out.println("|---|---|---|---|---|---|");
    table.nanos.forEach(table::print);
  }

  private void measure() throws RunnerException {
    OptionsBuilder builder = new OptionsBuilder();
    builder.parent(options).include("pipeline.MemoryPipelineBenchmark").threads(1).forks(1);
    builder.shouldFailOnError(true).addProfiler(GCProfiler.class);
    new Runner(builder.build()).run().forEach(this::collect);
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
    System.out.printf(
        Locale.ROOT,
        "| %s | %s | %.0f | %s | %.0f | %s |%n",
        row.name(),
        row.rival(),
        samples.median(),
        samples.quartiles("%.0f"),
        bytes.getOrDefault(row, new Samples()).median(),
        asked(row, samples.median()));
  }

  private static String asked(Row row, double median) {
    if (!row.equals(new Row("mutation", MemoryPipelineRival.OCC.name()))) {
      return "";
    }
    String asked = String.format(Locale.ROOT, "≤ %.0f ns, ", BUDGET_NANOS);
    return asked + (median <= BUDGET_NANOS ? "met" : "**missed**");
  }
}
