/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import org.occ4j.Tag;

/**
 * Readers and writers of a few keys, who check the one promise that matters: after an invalidation
 * has returned, no read returns a value that is older than what was written before it.
 *
 * <p>The truth of a key is a number that only grows. A writer raises it, invalidates, and then
 * notes the number as committed. A reader notes what is committed, reads through the cache, and
 * must not get less.
 */
final class CoherenceStress {
  private static final int KEYS = 4;
  private static final int WRITERS = 3;
  private static final int READERS = 5;
  private static final int EXTRA_TAGS = 8;

  private final AtomicLongArray truth = new AtomicLongArray(KEYS);
  private final AtomicLongArray committed = new AtomicLongArray(KEYS);

  /** What was written before a mark that has returned: only fresh reads must show it. */
  private final AtomicLongArray marked = new AtomicLongArray(KEYS);

  private final AtomicLong reads = new AtomicLong();
  private final AtomicInteger violations = new AtomicInteger();
  private final TaggedCache<Integer, Long> cache;
  private volatile boolean stopped;

  CoherenceStress(Coherence coherence) {
    InMemoryCacheBuilder<Integer, Long> builder = TaggedCache.builder("stress");
    builder
        .expireAfterWrite(Duration.ofSeconds(30))
        .refreshAfterWrite(Duration.ofMillis(1))
        .staleWhileRevalidate(Duration.ofMillis(5));
    this.cache = builder.buildOver(coherence);
  }

  /** Runs until so many reads are done, or one was wrong, or the time is over; counts the wrong. */
  int run(long enoughReads, Duration atMost) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(WRITERS + READERS);
    try {
      List<Future<?>> workers = new ArrayList<>();
      for (int i = 0; i < WRITERS; i++) {
        workers.add(threads.submit(() -> work(this::write)));
      }
      for (int i = 0; i < READERS; i++) {
        workers.add(threads.submit(() -> work(this::read)));
      }
      long deadline = System.nanoTime() + atMost.toNanos();
      while (reads.get() < enoughReads
          && violations.get() == 0
          && System.nanoTime() - deadline < 0) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
      }
      stopped = true;
      for (Future<?> worker : workers) {
        worker.get(60, TimeUnit.SECONDS);
      }
      return violations.get();
    } finally {
      threads.shutdownNow();
      cache.close();
    }
  }

  long reads() {
    return reads.get();
  }

  TaggedCacheStats stats() {
    return cache.stats();
  }

  private void work(Runnable step) {
    while (!stopped) {
      step.run();
    }
  }

  private void write() {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    int key = random.nextInt(KEYS);
    long written = truth.incrementAndGet(key);
    if (random.nextInt(10) == 0) {
      cache.markStale(tag(key));
      marked.accumulateAndGet(key, written, Math::max);
      return;
    }
    switch (random.nextInt(12)) {
      case 0 -> cache.invalidateTags(Tag.of("key"));
      case 1 -> cache.invalidate(key);
      case 2 -> cache.invalidateAll();
      case 3 -> cache.invalidateTags(extra(random.nextInt(EXTRA_TAGS)), tag(key));
      default -> cache.invalidateTags(tag(key));
    }
    committed.accumulateAndGet(key, written, Math::max);
    Slowness.sometimes();
  }

  private void read() {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    int key = random.nextInt(KEYS);
    long atLeast = committed.get(key);
    long freshAtLeast = Math.max(atLeast, marked.get(key));
    Long value =
        switch (random.nextInt(10)) {
          case 0 -> {
            atLeast = freshAtLeast;
            yield cache.getIfPresent(key);
          }
          case 1 -> cache.getAll(List.of(key, (key + 1) % KEYS), this::loadAll).get(key);
          case 2 -> {
            put(key);
            yield null;
          }
          case 3 -> cache.async().get(key, this::load).join();
          default -> cache.get(key, this::load);
        };
    if (value != null && value < atLeast) {
      violations.incrementAndGet();
    }
    reads.incrementAndGet();
  }

  private Long load(Integer key, LoadContext<Long> context) {
    Slowness.sometimes();
    long value = truth.get(key);
    Slowness.sometimes();
    context.tag(tag(key), extra(ThreadLocalRandom.current().nextInt(EXTRA_TAGS)));
    return value;
  }

  private Map<Integer, Long> loadAll(Set<Integer> keys, BulkLoadContext<Integer, Long> context) {
    Map<Integer, Long> found = new HashMap<>();
    keys.forEach(key -> found.put(key, load(key, context.of(key))));
    return found;
  }

  private void put(int key) {
    ReadPoint since = cache.readPoint();
    long value = truth.get(key);
    Slowness.sometimes();
    cache.put(key, value, Set.of(tag(key)), since);
  }

  private static Tag tag(int key) {
    return Tag.of("key", key);
  }

  private static Tag extra(int number) {
    return Tag.of("extra", number);
  }

  /** Makes windows wide enough to be hit: a short sleep at one in so many steps. */
  static final class Slowness {
    private static final long NANOS = 20_000;

    private Slowness() {}

    static void sometimes() {
      if (ThreadLocalRandom.current().nextInt(8) == 0) {
        LockSupport.parkNanos(NANOS);
      }
    }
  }
}
