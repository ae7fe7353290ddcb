/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.occ4j.testkit.Patience.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.occ4j.testkit.ThreadKind;

/**
 * Virtual threads that load, and those that wait for their loads, keep no thread of the system. On
 * a JDK without virtual threads the tests are skipped.
 */
@Timeout(120)
class VirtualThreadLoadTest {
  private static final String PINNED = "jdk.VirtualThreadPinned";

  /** Many times the threads of the system that carry virtual ones. */
  private static final int KEYS = 32 * Runtime.getRuntime().availableProcessors();

  @TempDir Path directory;

  @BeforeEach
  void requireVirtualThreads() {
    assumeTrue(ThreadKind.VIRTUAL.isAvailable(), "no virtual threads in this JDK");
  }

  @Test
  void loadsAndThoseWhoJoinThem_pinNoCarrier() throws Exception {
    // The first use of a class pins whoever waits for its initialization; under a recording too,
    // because only then are loads recorded.
    var unused = pinnedDuring(VirtualThreadLoadTest::loadAndJoin);
    assertThat(pinnedDuring(VirtualThreadLoadTest::loadAndJoin)).isEmpty();
  }

  /** The twin that shows that pinning is noticed: a class initializer is called by native code. */
  @Test
  void parkingInAClassInitializer_isNoticed() throws Exception {
    assertThat(pinnedDuring(() -> joinAll(List.of(ThreadKind.VIRTUAL.start(Pinning::touch)))))
        .isNotEmpty();
  }

  private static final class Pinning {
    static {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(30));
    }

    private Pinning() {}

    static void touch() {}
  }

  /** Every load is under way at the same time, and every key has one who joined. */
  private static void loadAndJoin() throws InterruptedException {
    try (TaggedCache<Integer, String> cache =
        TaggedCache.<Integer, String>builder("virtual").build()) {
      CountDownLatch loading = new CountDownLatch(KEYS);
      CountDownLatch release = new CountDownLatch(1);
      TaggedLoader<Integer, String> loader =
          (key, context) -> {
            loading.countDown();
            release.await();
            return "value " + key;
          };
      List<Thread> leaders = startAll(cache, loader);
      loading.await();
      List<Thread> joining = startAll(cache, loader);
      await().until(() -> joining.stream().allMatch(VirtualThreadLoadTest::waits));
      release.countDown();
      joinAll(leaders);
      joinAll(joining);
      assertThat(cache.stats().joined()).isEqualTo(KEYS);
      assertThat(cache.stats().loads()).isEqualTo(KEYS);
    }
  }

  private static boolean waits(Thread thread) {
    return thread.getState() == Thread.State.WAITING;
  }

  private static List<Thread> startAll(
      TaggedCache<Integer, String> cache, TaggedLoader<Integer, String> loader) {
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < KEYS; i++) {
      int key = i;
      threads.add(ThreadKind.VIRTUAL.start(() -> cache.get(key, loader)));
    }
    return threads;
  }

  private static void joinAll(List<Thread> threads) throws InterruptedException {
    for (Thread thread : threads) {
      thread.join(Duration.ofSeconds(60).toMillis());
      assertThat(thread.isAlive()).isFalse();
    }
  }

  @FunctionalInterface
  private interface Body {
    void run() throws Exception;
  }

  /** When a virtual thread parked and its carrier could not be given to another. */
  private List<RecordedEvent> pinnedDuring(Body body) throws Exception {
    Path file = directory.resolve("pinned.jfr");
    try (Recording recording = new Recording()) {
      recording.enable(PINNED).withoutThreshold();
      recording.enable(LoadEvent.NAME).withoutThreshold();
      recording.start();
      body.run();
      recording.stop();
      recording.dump(file);
    }
    return RecordingFile.readAllEvents(file).stream()
        .filter(event -> event.getEventType().getName().equals(PINNED))
        .toList();
  }
}
