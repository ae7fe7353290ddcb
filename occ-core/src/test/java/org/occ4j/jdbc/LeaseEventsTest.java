/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.occ4j.testkit.Patience.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.occ4j.mutex.Hold;
import org.occ4j.testkit.ChildJvm;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.Running;
import org.occ4j.testkit.TestDatabase;
import org.occ4j.testkit.TimeSensitive;

/** What a flight recording says of a mutex over JDBC, and that nobody needs the recorder. */
@TimeSensitive
@Timeout(120)
class LeaseEventsTest {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final Duration THRESHOLD = Duration.ofMillis(300);

  @TempDir Path directory;

  @Test
  void recording_hasLongWaitsAndLosses() throws Exception {
    TestDatabase database = Engine.H2_MEMORY.server().newDatabase();
    try (Connection keepsAlive = database.connect();
        Recording recording = new Recording()) {
      assertThat(keepsAlive.isValid(0)).isTrue();
      recording.enable("org.occ4j.MutexWait").withThreshold(THRESHOLD);
      recording.enable("org.occ4j.LeaseLost");
      recording.start();
      waitTimeOutAndLose(database);
      List<RecordedEvent> events = events(recording);

      assertThat(events).hasSize(3);
      RecordedEvent granted = events.get(0);
      assertThat(granted.getEventType().getName()).isEqualTo("org.occ4j.MutexWait");
      assertThat(granted.getString("namespace")).isEqualTo("orders");
      assertThat(granted.getString("key")).isEqualTo("task:42");
      assertThat(granted.getBoolean("granted")).isTrue();
      assertThat(granted.getDuration()).isGreaterThan(THRESHOLD);
      assertThat(events.get(1).getBoolean("granted")).isFalse();
      RecordedEvent lost = events.get(2);
      assertThat(lost.getEventType().getName()).isEqualTo("org.occ4j.LeaseLost");
      assertThat(lost.getString("reason")).isEqualTo("CLOSED");
      assertThat(lost.getString("key")).isEqualTo("task:42");
      assertThat(lost.getLong("token")).isPositive();
    }
  }

  private static void waitTimeOutAndLose(TestDatabase database) throws Exception {
    try (OccDatabase one = OccDatabase.builder(database.dataSource()).createSchema().open()) {
      JdbcKeyedMutex<String> mutex = one.mutex("orders");
      mutex.acquire("quick").close(); // not worth an event
      Hold<String> first = mutex.acquire("task:42");
      Running<Hold<String>> waiter = Running.start(() -> mutex.acquire("task:42"));
      long began = System.nanoTime();
      await().until(() -> mutex.queueLength("task:42") == 1);
      await().until(() -> System.nanoTime() - began > 3 * THRESHOLD.toNanos());
      first.close();
      Hold<String> second = waiter.result();
      assertThat(mutex.tryAcquire("task:42", THRESHOLD.multipliedBy(2))).isNull();
      assertThat(second.isValid()).isTrue();
    }
  }

  private List<RecordedEvent> events(Recording recording) throws Exception {
    recording.stop();
    Path file = directory.resolve("mutex.jfr");
    recording.dump(file);
    assertThat(Files.size(file)).isPositive();
    // A machine under load may make the quick one slow.
    return RecordingFile.readAllEvents(file).stream()
        .filter(event -> event.getString("key").equals("task:42"))
        .sorted(Comparator.comparing(RecordedEvent::getEndTime))
        .toList();
  }

  @Test
  void runtimeWithoutTheRecorder_locksAllTheSame() throws Exception {
    try (ChildJvm child =
        ChildJvm.start(
            List.of("--limit-modules", "java.sql,java.naming,java.management,jdk.unsupported"),
            WithoutRecorder.class)) {
      assertThat(child.awaitExit()).as("%s", child.output()).isZero();
      assertThat(child.output()).contains("recorder: false, held and lost");
    }
  }

  /** Waits, times out and loses where there is no flight recorder. */
  static final class WithoutRecorder {
    private WithoutRecorder() {}

    public static void main(String[] arguments) throws Exception {
      boolean recorder = ModuleLayer.boot().findModule("jdk.jfr").isPresent();
      TestDatabase database = Engine.H2_MEMORY.start().newDatabase();
      try (Connection keepsAlive = database.connect();
          OccDatabase one = OccDatabase.builder(database.dataSource()).createSchema().open()) {
        JdbcKeyedMutex<String> mutex = one.mutex("orders");
        Hold<String> hold = mutex.acquire("task:42", LONG);
        if (mutex.tryAcquire("task:42", THRESHOLD) == null && hold.isValid()) {
          mutex.close();
        }
        String what = hold.isValid() ? "held" : "held and lost";
        System.out.println(
            "recorder: " + recorder + ", " + what + (keepsAlive.isClosed() ? "!" : ""));
      }
    }
  }
}
