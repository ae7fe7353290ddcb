/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.occ4j.Tag;
import org.occ4j.testkit.TimeSensitive;

/** What a flight recording tells of a cache. */
@TimeSensitive
class FlightRecordingTest {
  private static final Tag ORDER_1 = Tag.of("order", 1);

  @TempDir Path directory;

  @Test
  void recording_holdsLoadsOverTheThresholdAndInvalidations() throws Exception {
    Path file = directory.resolve("cache.jfr");
    try (Recording recording = new Recording();
        TaggedCache<String, String> cache =
            TaggedCache.<String, String>builder("recorded").build()) {
      recording.enable(LoadEvent.NAME).withThreshold(Duration.ofMillis(2));
      recording.enable(InvalidationEvent.NAME);
      recording.start();
      cache.get("quick", (key, context) -> "value");
      cache.get("slow", FlightRecordingTest::slow);
      cache.invalidateTags(ORDER_1);
      cache.markStale(ORDER_1);
      cache.invalidateAll();
      recording.stop();
      recording.dump(file);
    }
    List<RecordedEvent> events = RecordingFile.readAllEvents(file);
    // A quick load may be slow on a busy machine; the slow one is never quick.
    assertThat(events)
        .filteredOn(event -> event.getEventType().getName().equals(LoadEvent.NAME))
        .filteredOn(event -> event.getString("key").equals("slow"))
        .singleElement()
        .satisfies(
            event -> {
              assertThat(event.getString("cache")).isEqualTo("recorded");
              assertThat(event.getInt("keys")).isEqualTo(1);
              assertThat(event.getBoolean("succeeded")).isTrue();
            });
    assertThat(events)
        .filteredOn(event -> event.getEventType().getName().equals(InvalidationEvent.NAME))
        .extracting(event -> event.getString("what") + " " + event.getBoolean("hard"))
        .containsExactly("[" + ORDER_1 + "] true", "[" + ORDER_1 + "] false", "everything true");
  }

  @Test
  void recording_ofALoadThatFails_saysSo() throws Exception {
    Path file = directory.resolve("failed.jfr");
    try (Recording recording = new Recording();
        TaggedCache<String, String> cache =
            TaggedCache.<String, String>builder("recorded").build()) {
      recording.enable(LoadEvent.NAME).withoutThreshold();
      recording.start();
      assertThatThrownBy(() -> cache.get("broken", FlightRecordingTest::fail))
          .isInstanceOf(IllegalStateException.class);
      cache.get("whole", (key, context) -> "value");
      recording.stop();
      recording.dump(file);
    }
    assertThat(RecordingFile.readAllEvents(file))
        .filteredOn(event -> event.getEventType().getName().equals(LoadEvent.NAME))
        .extracting(event -> event.getString("key") + " " + event.getBoolean("succeeded"))
        .containsExactlyInAnyOrder("broken false", "whole true");
  }

  private static String fail(String key, LoadContext<String> context) {
    throw new IllegalStateException("the source is broken");
  }

  private static String slow(String key, LoadContext<String> context) {
    long end = System.nanoTime() + Duration.ofMillis(5).toNanos();
    while (System.nanoTime() - end < 0) {
      LockSupport.parkNanos(1_000_000);
    }
    return "value";
  }
}
