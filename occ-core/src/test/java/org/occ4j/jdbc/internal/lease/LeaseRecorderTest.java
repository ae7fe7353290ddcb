/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.lease;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import jdk.jfr.FlightRecorder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.occ4j.jdbc.JdbcKeyedMutex;
import org.occ4j.jdbc.OccDatabase;
import org.occ4j.mutex.Hold;
import org.occ4j.testkit.ChildJvm;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.TestDatabase;

/** While nobody records, a wait and a loss neither start the flight recorder nor make an event. */
@Timeout(120)
class LeaseRecorderTest {

  @Test
  void waitAndLoss_nobodyRecords_recorderStaysOff() throws Exception {
    try (ChildJvm child = ChildJvm.start(List.of(), NobodyRecords.class)) {
      assertThat(child.awaitExit()).as("%s", child.output()).isZero();
      assertThat(child.output()).contains("no event: true, recorder: false, lost");
    }
  }

  /** In a JVM of its own, because the recorder of this one may have been started by others. */
  static final class NobodyRecords {
    private NobodyRecords() {}

    public static void main(String[] arguments) throws Exception {
      TestDatabase database = Engine.H2_MEMORY.start().newDatabase();
      try (Connection keepsAlive = database.connect();
          OccDatabase one = OccDatabase.builder(database.dataSource()).createSchema().open()) {
        JdbcKeyedMutex<String> mutex = one.mutex("orders");
        Hold<String> hold = mutex.acquire("task:42");
        boolean timedOut = mutex.tryAcquire("task:42", Duration.ofMillis(50)) == null;
        mutex.close();
        System.out.println(
            "no event: %s, recorder: %s, %s"
                .formatted(
                    LeaseEvents.waitBegins() == null,
                    FlightRecorder.isInitialized(),
                    timedOut && !hold.isValid() && !keepsAlive.isClosed() ? "lost" : "not lost"));
      }
    }
  }
}
