/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.occ4j.testkit.Patience.await;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Ten minutes of load on the board over HTTP, shown as it goes ({@code .ci/soak}): at the end the
 * heap, threads, files and connections are what they were, and the tables hold what was answered.
 */
class BoardSoak {
  private static final Duration LENGTH = Duration.ofSeconds(Long.getLong("occ.soak.seconds", 600));
  private static final int SAMPLES = 20;
  private static final int WORKERS = 8;

  /** What caches that are full, compiled code and a moment's garbage may differ by. */
  private static final long HEAP_SLACK = 8L << 20;

  /** What a server's and a client's pools of threads and sockets may differ by. */
  private static final int SLACK = WORKERS;

  @TempDir Path data;

  private final AtomicLong mutations = new AtomicLong();
  private final AtomicLong tasks = new AtomicLong();
  private final Latencies latencies = new Latencies();

  /** What the process has and the tables hold at a moment. */
  private record Sample(long heap, int threads, long files, int connections) {}

  @Test
  void load_forMinutes_leavesNothingBehind() throws Exception {
    List<Sample> samples = new ArrayList<>();
    ExecutorService threads = Executors.newFixedThreadPool(WORKERS);
    // A small cache of the database is full soon; then the heap tells of the rest.
    String url = "jdbc:h2:file:" + data.resolve("board") + ";WRITE_DELAY=0;CACHE_SIZE=4096";
    try (BoardServer board =
        BoardServer.start(Options.parse(List.of("--port", "0", "--jdbc-url", url)))) {
      long begin = System.nanoTime();
      long end = begin + LENGTH.toNanos();
      List<Future<?>> workers = new ArrayList<>();
      for (int i = 0; i < WORKERS; i++) {
        SoakWorker worker = new SoakWorker(board.url(), i, mutations, tasks, latencies);
        workers.add(threads.submit(() -> workUntil(end, worker)));
      }
      for (int i = 1; i <= SAMPLES; i++) {
        TimeUnit.NANOSECONDS.sleep(begin + LENGTH.toNanos() / SAMPLES * i - System.nanoTime());
        samples.add(sample(board, i));
      }
      for (Future<?> worker : workers) {
        worker.get();
      }
      await().until(() -> board.pool().getHikariPoolMXBean().getActiveConnections() == 0);
      assertThat(rows(board, "OCC_STORE")).as("rows of tasks").isEqualTo(tasks.get());
      assertThat(rows(board, "OCC_MUTATION")).as("rows of answers").isEqualTo(mutations.get());
    }
    threads.shutdown();
    System.out.printf("in all: %s%n", latencies.all());
    isSteady(samples.subList(SAMPLES / 4, SAMPLES / 2), samples.subList(3 * SAMPLES / 4, SAMPLES));
  }

  private static Void workUntil(long end, SoakWorker worker) throws Exception {
    while (System.nanoTime() < end) {
      worker.step();
    }
    return null;
  }

  private static void isSteady(List<Sample> early, List<Sample> late) {
    assertThat(late.stream().mapToLong(Sample::heap).min().orElseThrow())
        .as("bytes of heap after a collection")
        .isLessThan(early.stream().mapToLong(Sample::heap).max().orElseThrow() + HEAP_SLACK);
    assertThat(late.stream().mapToInt(Sample::threads).max().orElseThrow())
        .as("threads")
        .isLessThan(early.stream().mapToInt(Sample::threads).max().orElseThrow() + SLACK);
    assertThat(late.stream().mapToLong(Sample::files).max().orElseThrow())
        .as("open files")
        .isLessThan(early.stream().mapToLong(Sample::files).max().orElseThrow() + SLACK);
    assertThat(late).allSatisfy(sample -> assertThat(sample.connections()).isLessThan(11));
  }

  private Sample sample(BoardServer board, int number) throws SQLException {
    System.gc();
    long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    int threads = ManagementFactory.getThreadMXBean().getThreadCount();
    long files =
        ((com.sun.management.UnixOperatingSystemMXBean)
                ManagementFactory.getOperatingSystemMXBean())
            .getOpenFileDescriptorCount();
    int connections = board.pool().getHikariPoolMXBean().getTotalConnections();
    System.out.printf(
        "%4d s  %s  heap %d MB  threads %d  files %d  connections %d  rows: %d tasks, %d answers,"
            + " %d changes, %d locks%n",
        LENGTH.toSeconds() * number / SAMPLES,
        latencies.sinceLast(),
        heap >> 20,
        threads,
        files,
        connections,
        rows(board, "OCC_STORE"),
        rows(board, "OCC_MUTATION"),
        rows(board, "OCC_CHANGE"),
        rows(board, "OCC_MUTEX"));
    return new Sample(heap, threads, files, connections);
  }

  private static long rows(BoardServer board, String table) throws SQLException {
    try (Connection connection = board.pool().getConnection();
        Statement statement = connection.createStatement();
        ResultSet count = statement.executeQuery("SELECT COUNT(*) FROM " + table)) {
      count.next();
      return count.getLong(1);
    }
  }
}
