/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.mutex;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import org.occ4j.jmh.store.Samples;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * Runs every benchmark of the mutex and prints one table in Markdown: nanoseconds for a turn as
 * medians of rounds with the least and the greatest, bytes allocated, and the ratio to this
 * library's own time in the same run.
 *
 * <pre>
 * java -cp occ-jmh/target/benchmarks.jar org.occ4j.jmh.mutex.MutexTable [options of JMH]
 * </pre>
 *
 * <p>{@code -f} is the number of rounds. Each round runs every rival once, in a JVM of its own, so
 * that a noisy minute of the machine falls on all of them.
 */
public final class MutexTable {
  private static final int DEFAULT_ROUNDS = 5;
  private static final String NOBODY_HELD = "0";

  private record Subject(String name, int threads) {}

  /** {@code who} is a rival, or how many other keys are held meanwhile. */
  private record Row(Subject subject, String who) {}

  private static final class Figures {
    final Samples nanos = new Samples();
    final Samples bytes = new Samples();
  }

  private final CommandLineOptions options;
  private final Map<Row, Figures> rows = new LinkedHashMap<>();

  private MutexTable(CommandLineOptions options) {
    this.options = options;
  }

  /** Measures and prints. */
  public static void main(String[] arguments) throws Exception {
    MutexTable table = new MutexTable(new CommandLineOptions(arguments));
    int rounds = table.options.getForkCount().orElse(DEFAULT_ROUNDS);
    for (int round = 0; round < rounds; round++) {
      table.measureAll();
    }
    table.print();
  }

  private void measureAll() throws RunnerException, CommandLineOptionException {
    for (int threads : new int[] {1, 2}) {
      measure("MutexBenchmark.randomKeys", threads, rival -> true);
    }
    // Without competition: what a hot key costs at best, so that the next rows can be judged.
    measure("MutexBenchmark.hotKey", 1, MutexTable::blocks);
    for (int threads : new int[] {2, 8, 64}) {
      measure("MutexBenchmark.hotKey", threads, MutexTable::blocks);
    }
    measure("MutexBenchmark.zipfKeys", 64, MutexTable::blocks);
    run(builder("CrowdedMutexBenchmark.turn", 1));
  }

  /** A spinning rival among more threads than processors measures the scheduler's time slice. */
  private static boolean blocks(MutexRival rival) {
    return rival != MutexRival.MAP_PUT_IF_ABSENT;
  }

  private void measure(String name, int threads, Predicate<MutexRival> rivals)
      throws RunnerException, CommandLineOptionException {
    String[] names =
        Arrays.stream(MutexRival.values())
            .filter(rivals)
            .map(MutexRival::name)
            .toArray(String[]::new);
    OptionsBuilder builder = builder(name, threads);
    builder.param("rival", names);
    run(builder);
  }

  private OptionsBuilder builder(String name, int threads) throws CommandLineOptionException {
    OptionsBuilder builder = new OptionsBuilder();
    builder.parent(options).include(name).threads(threads).forks(1).addProfiler(GCProfiler.class);
    return builder;
  }

  private void run(OptionsBuilder builder) throws RunnerException {
    for (RunResult result : new Runner(builder.build()).run()) {
      collect(result);
    }
  }

  private void collect(RunResult result) {
    String name = result.getParams().getBenchmark();
    Subject subject =
        new Subject(name.substring(name.lastIndexOf('.') + 1), result.getParams().getThreads());
    String parameter = result.getParams().getParamsKeys().iterator().next();
    Row row = new Row(subject, result.getParams().getParam(parameter));
    Figures figures = rows.computeIfAbsent(row, same -> new Figures());
    figures.nanos.add(result.getPrimaryResult().getScore());
    figures.bytes.add(bytes(result));
  }

  private static double bytes(RunResult result) {
    Result<?> allocated = result.getSecondaryResults().get("gc.alloc.rate.norm");
    if (allocated == null) {
      allocated = result.getSecondaryResults().get("·gc.alloc.rate.norm");
    }
    return allocated == null ? Double.NaN : allocated.getScore();
  }

  private void print() {
    System.out.println("| benchmark | threads | who | ns | of rounds | B | times OCC |");
    System.out.println("|---|---|---|---|---|---|---|");
    rows.forEach(this::print);
  }

  private void print(Row row, Figures figures) {
    System.out.printf(
        Locale.ROOT,
        "| %s | %d | %s | %.1f | %s | %.0f | %.2f |%n",
        row.subject().name(),
        row.subject().threads(),
        row.who(),
        figures.nanos.median(),
        figures.nanos.spread("%.1f"),
        figures.bytes.median(),
        figures.nanos.median() / base(row.subject()).nanos.median());
  }

  private Figures base(Subject subject) {
    Figures empty = rows.getOrDefault(new Row(subject, NOBODY_HELD), new Figures());
    return rows.getOrDefault(new Row(subject, MutexRival.OCC.name()), empty);
  }
}
