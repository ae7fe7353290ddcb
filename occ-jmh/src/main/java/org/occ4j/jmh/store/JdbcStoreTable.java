/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.store;

import java.sql.SQLException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.occ4j.testkit.DatabaseServer;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.TestDatabase;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * Starts a server of each engine, runs every benchmark of the store over JDBC on it, and prints one
 * table in Markdown: the median of the rounds, the least and the greatest of them, and the ratio to
 * the rival that the budget names. Before it, what the server says about its durability.
 *
 * <pre>
 * java -cp 'occ-jmh/target/benchmarks.jar:occ-jmh/target/servers/*' \
 *     org.occ4j.jmh.store.JdbcStoreTable [engine,engine] [options of JMH]
 * </pre>
 *
 * <p>Engines are those of the test kit, {@code POSTGRESQL,MARIADB} if none is named. {@code -f} is
 * the number of rounds. Each round runs every rival once, in a JVM of its own and on an empty
 * database, so that a noisy minute of the machine falls on all of them.
 */
public final class JdbcStoreTable {
  private static final String DEFAULT_ENGINES = "POSTGRESQL,MARIADB";
  private static final int DEFAULT_ROUNDS = 3;

  private record Row(Engine engine, String name, int threads, String rival) {
    /** The row that this one is compared with. */
    Row base() {
      boolean hot = name.endsWith("increment");
      String base = hot ? HotRowRival.HIBERNATE_RETRY.name() : RowRival.HAND_WRITTEN.name();
      return new Row(engine, name, threads, base);
    }
  }

  private final CommandLineOptions options;
  private final Map<Row, Samples> samples = new LinkedHashMap<>();
  private final Map<Row, String> units = new LinkedHashMap<>();

  private JdbcStoreTable(CommandLineOptions options) {
    this.options = options;
  }

  /** Measures and prints. */
  public static void main(String[] arguments) throws Exception {
    boolean named = arguments.length > 0 && !arguments[0].startsWith("-");
    String engines = named ? arguments[0] : DEFAULT_ENGINES;
    String[] options = Arrays.copyOfRange(arguments, named ? 1 : 0, arguments.length);
    JdbcStoreTable table = new JdbcStoreTable(new CommandLineOptions(options));
    StringBuilder heading = new StringBuilder();
    for (String engine : engines.split(",", -1)) {
      table.measure(Engine.valueOf(engine), heading);
    }
    System.out.println(heading);
    table.print();
  }

  private void measure(Engine engine, StringBuilder heading) throws SQLException, RunnerException {
    try (DatabaseServer server = engine.start()) {
      List<String> durability = BenchmarkDatabase.durability(server.newDatabase());
      heading.append(server.version()).append('\n').append(durability).append("\n\n");
      int rounds = options.getForkCount().orElse(DEFAULT_ROUNDS);
      for (int round = 0; round < rounds; round++) {
        for (RowRival rival : RowRival.values()) {
          run(server, "store.JdbcStoreBenchmark.put", rival.name());
        }
        for (RowRival rival : RowRival.values()) {
          run(server, "store.JdbcStoreBenchmark.conflict", rival.name());
        }
        for (HotRowRival rival : HotRowRival.values()) {
          run(server, "store.HotRowBenchmark", rival.name());
        }
      }
    }
  }

  private void run(DatabaseServer server, String name, String rival) throws RunnerException {
    TestDatabase database = server.newDatabase();
    OptionsBuilder builder = new OptionsBuilder();
    builder.parent(options).include(name).param("rival", rival).forks(1).shouldFailOnError(true);
    builder.jvmArgsAppend(BenchmarkDatabase.jvmArguments(database));
    for (RunResult result : new Runner(builder.build()).run()) {
      collect(server.engine(), result);
    }
  }

  private void collect(Engine engine, RunResult result) {
    String name = result.getParams().getBenchmark();
    Row row =
        new Row(
            engine,
            name.substring(name.lastIndexOf('.') + 1),
            result.getParams().getThreads(),
            result.getParams().getParam("rival"));
    samples.computeIfAbsent(row, same -> new Samples()).add(result.getPrimaryResult().getScore());
    units.put(row, result.getPrimaryResult().getScoreUnit());
  }

  private void print() {
    System.out.println(
        "| engine | benchmark | threads | who | median | unit | of rounds | ratio |");
    System.out.println("|---|---|---|---|---|---|---|---|");
    samples.forEach(this::print);
  }

  private void print(Row row, Samples measured) {
    double base = samples.getOrDefault(row.base(), new Samples()).median();
    System.out.printf(
        Locale.ROOT,
        "| %s | %s | %d | %s | %.1f | %s | %s | %.2f |%n",
        row.engine(),
        row.name(),
        row.threads(),
        row.rival(),
        measured.median(),
        units.get(row),
        measured.spread("%.1f"),
        measured.median() / base);
  }
}
