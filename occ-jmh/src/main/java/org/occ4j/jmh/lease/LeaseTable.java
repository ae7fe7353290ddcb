/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.lease;

import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.occ4j.jmh.store.BenchmarkDatabase;
import org.occ4j.jmh.store.Samples;
import org.occ4j.testkit.DatabaseServer;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.TestDatabase;
import org.occ4j.testkit.WireProxy;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * Starts a server, takes turns on it by every rival, on loopback and behind a delay of 5
 * milliseconds each way, and prints one table in Markdown: the median of the rounds, the least and
 * the greatest of them, and how many times as fast this library was. Before it, what the server
 * says about its durability; after it, the renewal of a thousand leases.
 *
 * <pre>
 * java -cp 'occ-jmh/target/benchmarks.jar:occ-jmh/target/servers/*' \
 *     org.occ4j.jmh.lease.LeaseTable [engine,engine [network,network]] [options of JMH]
 * </pre>
 *
 * <p>Engines are those of the test kit, {@code POSTGRESQL} if none is named; networks are {@code
 * LOOPBACK} and {@code FIVE_MS_EACH_WAY}, both if none is named. {@code -f} is the number of
 * rounds. Each round runs every rival once, in a JVM of its own and on an empty database, so that a
 * noisy minute of the machine falls on all of them.
 */
public final class LeaseTable {
  private static final String DEFAULT_ENGINES = "POSTGRESQL";
  private static final int DEFAULT_ROUNDS = 3;
  private static final List<String> CASES = List.of("distinctKeys", "contendedKey");

  private enum Network {
    LOOPBACK(Duration.ZERO),
    FIVE_MS_EACH_WAY(Duration.ofMillis(5));

    private final Duration eachWay;

    Network(Duration eachWay) {
      this.eachWay = eachWay;
    }
  }

  private record Row(Engine engine, Network network, String name, LeaseRival rival) {}

  private final List<Network> networks;
  private final CommandLineOptions options;
  private final Map<Row, Samples> samples = new LinkedHashMap<>();
  private final Map<Engine, Samples> renewals = new LinkedHashMap<>();

  private LeaseTable(List<Network> networks, CommandLineOptions options) {
    this.networks = networks;
    this.options = options;
  }

  /** Measures and prints. */
  public static void main(String[] arguments) throws Exception {
    int names = 0;
    while (names < arguments.length && !arguments[names].startsWith("-")) {
      names++;
    }
    String engines = names > 0 ? arguments[0] : DEFAULT_ENGINES;
    List<Network> networks = networks(names > 1 ? arguments[1] : "");
    String[] options = Arrays.copyOfRange(arguments, names, arguments.length);
    LeaseTable table = new LeaseTable(networks, new CommandLineOptions(options));
    StringBuilder heading = new StringBuilder();
    for (String engine : engines.split(",", -1)) {
      table.measure(Engine.valueOf(engine), heading);
    }
    System.out.println(heading);
    table.print();
  }

  private static List<Network> networks(String names) {
    return names.isEmpty()
        ? List.of(Network.values())
        : Arrays.stream(names.split(",", -1)).map(Network::valueOf).toList();
  }

  private void measure(Engine engine, StringBuilder heading) throws Exception {
    try (DatabaseServer server = engine.start()) {
      List<String> durability = BenchmarkDatabase.durability(server.newDatabase());
      heading.append(server.version()).append('\n').append(durability).append("\n\n");
      int rounds = options.getForkCount().orElse(DEFAULT_ROUNDS);
      for (int round = 0; round < rounds; round++) {
        for (Network network : networks) {
          for (String name : CASES) {
            for (LeaseRival rival : LeaseRival.values()) {
              run(server, new Row(engine, network, name, rival));
            }
          }
        }
      }
      renewals.put(engine, new RenewalBenchmark().measure(server.newDatabase()));
    }
  }

  private void run(DatabaseServer server, Row row) throws RunnerException {
    TestDatabase database = server.newDatabase();
    if (row.network() == Network.LOOPBACK) {
      run(database, row);
      return;
    }
    try (WireProxy proxy = WireProxy.before(database)) {
      proxy.delay(row.network().eachWay);
      run(database.through(proxy), row);
    }
  }

  private void run(TestDatabase database, Row row) throws RunnerException {
    OptionsBuilder builder = new OptionsBuilder();
    builder.parent(options).include("lease.LeaseBenchmark." + row.name());
    builder.param("rival", row.rival().name()).forks(1).shouldFailOnError(true);
    // Else a thread that got its first turn at the end of the iteration counts with the rate of its
    // last moment, as thousands of turns a second.
    builder.syncIterations(false);
    builder.jvmArgsAppend(BenchmarkDatabase.jvmArguments(database));
    for (RunResult result : new Runner(builder.build()).run()) {
      samples.computeIfAbsent(row, same -> new Samples()).add(result.getPrimaryResult().getScore());
    }
  }

  private void print() {
    System.out.println("| engine | network | keys | who | cycles/s | of rounds | OCC is |");
    System.out.println("|---|---|---|---|---|---|---|");
    samples.forEach(this::print);
    renewals.forEach(
        (engine, renewal) ->
            System.out.printf(
                Locale.ROOT,
                "%n%s: 1 000 held leases renewed in %.1f ms (median; %s)%n",
                engine,
                renewal.median(),
                renewal.spread("%.1f")));
  }

  private void print(Row row, Samples measured) {
    Row occ = new Row(row.engine(), row.network(), row.name(), LeaseRival.OCC);
    System.out.printf(
        Locale.ROOT,
        "| %s | %s | %s | %s | %.1f | %s | %.2f × |%n",
        row.engine(),
        row.network(),
        row.name(),
        row.rival(),
        measured.median(),
        measured.spread("%.1f"),
        samples.getOrDefault(occ, new Samples()).median() / measured.median());
  }
}
