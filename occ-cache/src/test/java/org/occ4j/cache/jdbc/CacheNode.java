/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache.jdbc;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.occ4j.Tag;
import org.occ4j.cache.CacheHealth;
import org.occ4j.cache.StalenessPolicy;
import org.occ4j.jdbc.OccDatabase;
import org.occ4j.testkit.ChildJvm;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.TestDatabase;

/**
 * A node in a JVM of its own: it fills a cache, one entry under each tag, and says what became of
 * them whenever its parent lets it go on from the point {@link #IDLE}.
 */
final class CacheNode {
  static final String IDLE = "idle";
  static final String REPORT = "report ";
  static final Duration SILENCE = Duration.ofSeconds(1);

  private final OccDatabase database;
  private final JdbcTaggedCache<Integer, String> cache;
  private final int entries;
  private final AtomicBoolean paused = new AtomicBoolean();
  private final AtomicLong hitsAfterPause = new AtomicLong();

  private CacheNode(OccDatabase database, int entries) {
    JdbcCacheBuilder<Integer, String> builder = JdbcTaggedCache.builder("orders", database);
    this.database = database;
    this.cache =
        builder
            .expireAfterWrite(Duration.ofHours(1))
            .maximumStaleness(SILENCE, StalenessPolicy.BYPASS)
            .build();
    this.entries = entries;
  }

  public static void main(String[] arguments) throws Exception {
    TestDatabase where =
        new TestDatabase(Engine.valueOf(arguments[0]), arguments[1], arguments[2], arguments[3]);
    try (OccDatabase database = OccDatabase.open(where.dataSource())) {
      new CacheNode(database, Integer.parseInt(arguments[4])).run();
    }
  }

  private void run() throws InterruptedException {
    for (int i = 0; i < entries; i++) {
      cache.get(i, (key, context) -> load(key, context));
    }
    Thread reader = new Thread(this::readTheFirst, "reader");
    reader.setDaemon(true);
    reader.start();
    while (true) {
      ChildJvm.reached(IDLE);
      System.out.println(REPORT + report());
    }
  }

  private static String load(Integer key, org.occ4j.cache.LoadContext<String> context) {
    context.tag(tag(key));
    return "value " + key;
  }

  static Tag tag(int number) {
    return Tag.of("row", number);
  }

  /**
   * Reads the first entry without end. A step of the clock that is longer than the maximum
   * staleness means that this JVM stood still; no read that begins after it may hit, for the entry
   * was invalidated meanwhile and is never loaded again.
   */
  private void readTheFirst() {
    long before = System.nanoTime();
    while (true) {
      long now = System.nanoTime();
      if (now - before > 2 * SILENCE.toNanos()) {
        paused.set(true);
      }
      before = now;
      boolean mustMiss = paused.get();
      if (cache.getIfPresent(0) != null && mustMiss) {
        hitsAfterPause.incrementAndGet();
      }
      Thread.onSpinWait();
    }
  }

  private String report() throws InterruptedException {
    CacheHealth health = cache.health();
    if (health.state() == CacheHealth.State.FOLLOWING) {
      try {
        cache.awaitApplied(database.changes().now(), Duration.ofSeconds(30));
      } catch (org.occ4j.OccException e) {
        return "unreachable";
      }
    }
    String gone =
        IntStream.range(0, entries)
            .filter(i -> cache.getIfPresent(i) == null)
            .mapToObj(Integer::toString)
            .collect(Collectors.joining(","));
    return "state=%s gone=[%s] applied=%d flushes=%d paused=%s hitsAfterPause=%d"
        .formatted(
            health.state(),
            gone,
            cache.stats().invalidations(),
            health.flushes(),
            paused,
            hitsAfterPause.get());
  }
}
