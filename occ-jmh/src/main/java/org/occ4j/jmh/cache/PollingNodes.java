/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.cache;

import com.zaxxer.hikari.HikariDataSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.occ4j.change.Change;
import org.occ4j.change.ChangeFollower;
import org.occ4j.jdbc.OccDatabase;
import org.occ4j.testkit.TestDatabase;

/**
 * The load that nodes put on a database server by polling ten times a second while nothing happens:
 * the processor time that the server's processes use meanwhile, in cores.
 */
final class PollingNodes {
  private static final int CONNECTIONS = 20;
  private static final int NODES = 100;

  private PollingNodes() {}

  /** One measurement. */
  record Load(double pollsPerSecond, double cores) {
    String row() {
      return String.format(
          Locale.ROOT,
          "| %d | %.0f | %.3f | %.3f |",
          NODES,
          pollsPerSecond,
          cores,
          1000 * cores / pollsPerSecond);
    }
  }

  static Load measure(TestDatabase database, Duration time) {
    List<OccDatabase> nodes = new ArrayList<>();
    try (HikariDataSource pool = database.pool(CONNECTIONS)) {
      LongAdder polls = new LongAdder();
      try {
        OccDatabase.builder(pool).createSchema().open().close();
        for (int i = 0; i < NODES; i++) {
          OccDatabase node = OccDatabase.open(pool);
          nodes.add(node);
          var unused = node.changes().followDirectly(new PollCounter(polls));
        }
        pause(time); // until every statement is prepared and every page is read
        long pollsBefore = polls.sum();
        double cpuBefore = serverSeconds();
        long begin = System.nanoTime();
        pause(time);
        double seconds = (System.nanoTime() - begin) / 1e9;
        return new Load(
            (polls.sum() - pollsBefore) / seconds, (serverSeconds() - cpuBefore) / seconds);
      } finally {
        nodes.forEach(OccDatabase::close);
      }
    }
  }

  private static void pause(Duration time) {
    long end = System.nanoTime() + time.toNanos();
    for (long left = time.toNanos(); left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  /** The processor time of all processes that this JVM has started: the server's. */
  private static double serverSeconds() {
    return ProcessHandle.current()
        .descendants()
        .map(ProcessHandle::info)
        .flatMap(info -> info.totalCpuDuration().stream())
        .mapToDouble(time -> time.toNanos() / (double) TimeUnit.SECONDS.toNanos(1))
        .sum();
  }

  private record PollCounter(LongAdder polls) implements ChangeFollower {
    @Override
    public void changed(Change change) {}

    @Override
    public void caughtUp(long asOfNanos) {
      polls.increment();
    }
  }
}
