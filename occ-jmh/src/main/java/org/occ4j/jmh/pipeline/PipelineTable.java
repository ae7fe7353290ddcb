/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.pipeline;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.occ4j.jmh.pipeline.PipelineCase.Kind;
import org.occ4j.jmh.store.BenchmarkDatabase;
import org.occ4j.testkit.DatabaseServer;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.TestDatabase;

/**
 * Starts a server of each engine, has every rival carry out whole mutations on it, and prints two
 * tables in Markdown: the budgets with what was measured, and throughput, latencies, round trips
 * and ratios. Before them, what the server says about its durability.
 *
 * <pre>
 * java -cp 'occ-jmh/target/benchmarks.jar:occ-jmh/target/servers/*' \
 *     org.occ4j.jmh.pipeline.PipelineTable --csv pipeline.csv [--engine POSTGRESQL] [--case own,hot] \
 *     [--threads 8] [--pool 16] [--delay 0] [--seconds 3] [--rounds 5] [--who OCC,HAND_WRITTEN]
 * </pre>
 *
 * <p>The cases are those of {@link PipelineCase.Kind}; {@code mapped}, {@code mapped_hot} and
 * {@code hot_audit} only if they are named, {@code growth}, with {@code --rows}, likewise. In one
 * case all rivals have a database of their own on one server, are warmed up for six seconds, and
 * then run in turns, each round in another order, so that a noisy minute of the machine falls on
 * all of them. Ratios are those of one round. A run in which a mutation was lost, done twice, or
 * answered otherwise when it was sent again, fails.
 *
 * <p>All rounds are added to the file; the tables are made of the last run of each case in it. With
 * {@code --rounds 0} nothing is measured and the tables are printed.
 */
public final class PipelineTable {

  /** The compiler of the JVM takes a few seconds of two processors for each of the rivals. */
  private static final Duration WARM_UP = Duration.ofSeconds(6);

  /**
   * What MariaDB gets for its pages and for its log; PostgreSQL has the cache of the operating
   * system, and as much log by default.
   */
  private static final long MEMORY_BYTES = 1L << 30;

  private static final Map<String, String> DEFAULTS =
      Map.of(
          "engine", "POSTGRESQL,MARIADB",
          "case", "own,own_audit,hot",
          "who", "OCC,HAND_WRITTEN,HIBERNATE_RETRY",
          "threads", "1,8,64",
          "pool", "4,16",
          "delay", "0,1,5",
          "rows", "10000,100000,1000000,10000000",
          "seconds", "3",
          "rounds", "5",
          "csv", "pipeline.csv");

  private static final String LOG_LEVEL = "org.slf4j.simpleLogger.defaultLogLevel";

  private final TableOptions options;
  private final Figures figures;
  private final String run = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
  private final StringBuilder heading = new StringBuilder();

  private PipelineTable(TableOptions options, Figures figures) {
    this.options = options;
    this.figures = figures;
  }

  /** Measures and prints. */
  public static void main(String[] arguments) throws Exception {
    if (System.getProperty(LOG_LEVEL) == null) {
      System.setProperty(LOG_LEVEL, "error");
    }
    TableOptions options = TableOptions.parse(arguments, DEFAULTS);
    Figures figures = Figures.of(Path.of(options.text("csv")));
    PipelineTable table = new PipelineTable(options, figures);
    if (options.number("rounds") > 0) {
      for (Engine engine : options.constants("engine", Engine.class)) {
        table.measure(engine);
      }
    }
    System.out.println(table.heading);
    System.out.println(new PipelineReport(figures).markdown());
  }

  private void measure(Engine engine) throws Exception {
    try (DatabaseServer server = engine.start()) {
      TestDatabase database = server.newDatabase();
      if (engine == Engine.MARIADB) {
        // The test kit's are 64 MB, which the faster of two rivals fills within its own round.
        database.execute("SET GLOBAL innodb_buffer_pool_size = " + MEMORY_BYTES);
        database.execute("SET GLOBAL innodb_log_file_size = " + MEMORY_BYTES);
      }
      List<String> durability = BenchmarkDatabase.durability(database);
      heading.append(server.version()).append('\n').append(durability).append("\n\n");
      for (Kind kind : options.constants("case", Kind.class)) {
        for (int delay : options.numbers("delay")) {
          for (int pool : options.numbers("pool")) {
            for (int threads : options.numbers("threads")) {
              if (isWorthMeasuring(kind, threads, pool)) {
                contest(server, new PipelineCase(engine, kind, threads, pool, delay, 0));
              }
            }
          }
        }
      }
    }
  }

  /** One thread alone fights for no row, and for no connection. */
  private boolean isWorthMeasuring(Kind kind, int threads, int pool) {
    boolean largestPool = pool == Collections.max(options.numbers("pool"));
    return threads > 1 || (largestPool && !kind.hot());
  }

  private void contest(DatabaseServer server, PipelineCase subject) throws Exception {
    List<Long> sizes = subject.kind() == Kind.GROWTH ? options.longs("rows") : List.of(0L);
    List<Contestant> contestants = new ArrayList<>();
    for (PipelineRival who : options.constants("who", PipelineRival.class)) {
      for (long rows : sizes) {
        if (who.does(subject.kind())) {
          contestants.add(new Contestant(subject.withRows(rows), who));
        }
      }
    }
    Map<Contestant, Crowd> crowds = new LinkedHashMap<>();
    try {
      for (Contestant contestant : contestants) {
        crowds.put(contestant, Crowd.of(contestant, server));
      }
      List<Figure> measured = takeTurns(contestants, crowds);
      for (Crowd crowd : crowds.values()) {
        crowd.verify();
      }
      figures.add(measured);
    } finally {
      crowds.values().forEach(Crowd::close);
    }
  }

  private List<Figure> takeTurns(List<Contestant> contestants, Map<Contestant, Crowd> crowds)
      throws Exception {
    Duration length = Duration.ofSeconds(options.number("seconds"));
    for (Crowd crowd : crowds.values()) {
      crowd.run(WARM_UP);
    }
    List<Figure> measured = new ArrayList<>();
    List<Contestant> order = new ArrayList<>(contestants);
    for (int round = 1; round <= options.number("rounds"); round++) {
      for (Contestant contestant : order) {
        Crowd crowd = crowds.get(contestant);
        if (crowd != null) {
          Figure figure = new Figure(run, contestant, round, crowd.run(length));
          measured.add(figure);
          System.out.println(figure.line());
        }
      }
      Collections.rotate(order, 1);
    }
    return measured;
  }
}
