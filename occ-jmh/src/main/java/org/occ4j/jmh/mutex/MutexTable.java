/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.mutex;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * Runs every benchmark of the mutex and prints one table in Markdown: nanoseconds for a turn, bytes
 * allocated, and the ratio to this library's own time in the same run.
 *
 * <pre>
 * java -cp occ-jmh/target/benchmarks.jar org.occ4j.jmh.mutex.MutexTable [options of JMH]
 * </pre>
 */
public final class MutexTable {
  private record Row(String name, int threads, String param, double nanos, double bytes) {}

  private final List<Row> rows = new ArrayList<>();
  private final String[] options;

  private MutexTable(String[] options) {
    this.options = options;
  }

  /** Measures and prints. */
  public static void main(String[] options) throws Exception {
    MutexTable table = new MutexTable(options);
    for (int threads : new int[] {1, 2}) {
      table.measure("MutexBenchmark.randomKeys", threads, true);
    }
    for (int threads : new int[] {2, 8, 64}) {
      table.measure("MutexBenchmark.hotKey", threads, false);
    }
    table.measure("MutexBenchmark.zipfKeys", 64, false);
    table.measure("CrowdedMutexBenchmark.turn", 1, true);
    table.print();
  }

  private void measure(String name, int threads, boolean spinners)
      throws RunnerException, CommandLineOptionException {
    OptionsBuilder builder = new OptionsBuilder();
    builder.parent(new CommandLineOptions(options));
    builder.include(name).threads(threads).addProfiler(GCProfiler.class);
    if (!spinners) {
      // A spinning rival among more threads than processors measures the scheduler's time slice.
      builder.param("rival", blockingRivals());
    }
    collect(threads, new Runner(builder.build()).run());
  }

  private static String[] blockingRivals() {
    List<String> names = new ArrayList<>();
    for (MutexRival rival : MutexRival.values()) {
      if (rival != MutexRival.MAP_PUT_IF_ABSENT) {
        names.add(rival.name());
      }
    }
    return names.toArray(String[]::new);
  }

  private void collect(int threads, Collection<RunResult> results) {
    for (RunResult result : results) {
      String name = result.getParams().getBenchmark();
      String parameter = result.getParams().getParamsKeys().iterator().next();
      rows.add(
          new Row(
              name.substring(name.lastIndexOf('.') + 1),
              threads,
              result.getParams().getParam(parameter),
              result.getPrimaryResult().getScore(),
              bytes(result)));
    }
  }

  private static double bytes(RunResult result) {
    Result<?> allocated = result.getSecondaryResults().get("gc.alloc.rate.norm");
    if (allocated == null) {
      allocated = result.getSecondaryResults().get("·gc.alloc.rate.norm");
    }
    return allocated == null ? Double.NaN : allocated.getScore();
  }

  private void print() {
    System.out.println("| benchmark | threads | who | ns | B | times OCC |");
    System.out.println("|---|---|---|---|---|---|");
    double base = Double.NaN;
    for (Row row : rows) {
      if (row.param().equals(MutexRival.OCC.name()) || row.param().equals("0")) {
        base = row.nanos();
      }
      System.out.printf(
          Locale.ROOT,
          "| %s | %d | %s | %.1f | %.0f | %.2f |%n",
          row.name(),
          row.threads(),
          row.param(),
          row.nanos(),
          row.bytes(),
          row.nanos() / base);
    }
  }
}
