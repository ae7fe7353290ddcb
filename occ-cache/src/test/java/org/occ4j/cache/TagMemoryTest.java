/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.occ4j.testkit.Patience.await;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.occ4j.Tag;

/**
 * What is remembered about tags follows the entries that live, not the tags that ever were.
 *
 * <p>The soak sends a million distinct tags through the cache; {@code -Docc.soak.tags=10000000}
 * makes it ten million. What the heap held before and after is printed.
 */
@org.junit.jupiter.api.Tag("slow")
class TagMemoryTest {
  private static final int ENTRIES = 10_000;
  private static final int DISTINCT = Integer.getInteger("occ.soak.tags", 1_000_000);

  /** Enough for the broken twin to be caught; ten million would fill a gigabyte and not end. */
  private static final int DISTINCT_OF_TWIN = 1_000_000;

  /** Nodes, names and references of the live tags come to a third of this. */
  private static final long FLAT = 8L << 20;

  @Test
  void tags_ofEvictedEntries_leaveTheHeapFlat() {
    try (TaggedCache<Integer, String> cache = cache()) {
      Growth growth = growth(cache, TagMemoryTest::load, DISTINCT);
      System.out.println(growth);
      assertThat(growth.bytes()).isLessThan(FLAT);
      assertThat(cache.stats().liveTags()).isLessThanOrEqualTo(3L * ENTRIES);
      assertThat(cache.estimatedSize()).isLessThanOrEqualTo(ENTRIES);
    }
  }

  /** The broken twin: the index from tags to keys that a cache without nodes would keep. */
  @Test
  void tags_inAnIndexToKeys_areCaught() {
    Map<Tag, Set<Integer>> index = new ConcurrentHashMap<>();
    TaggedLoader<Integer, String> indexing =
        (key, context) -> {
          for (Tag tag : tags(key)) {
            index.computeIfAbsent(tag, same -> ConcurrentHashMap.newKeySet()).add(key);
          }
          return load(key, context);
        };
    try (TaggedCache<Integer, String> cache = cache()) {
      assertThat(growth(cache, indexing, DISTINCT_OF_TWIN).bytes()).isGreaterThan(FLAT);
    }
  }

  private static TaggedCache<Integer, String> cache() {
    return TaggedCache.<Integer, String>builder("soak").maximumSize(ENTRIES).build();
  }

  /** The bytes in use before and after so many distinct tags of entries passed through. */
  private record Growth(int tags, long before, long after) {
    long bytes() {
      return after - before;
    }
  }

  /** How the heap grows while all but the first tenth of the tags pass through. */
  private static Growth growth(
      TaggedCache<Integer, String> cache, TaggedLoader<Integer, String> loader, int distinct) {
    int warm = Math.max(2 * ENTRIES, distinct / 10);
    pass(cache, loader, 0, warm);
    long before = live(cache);
    pass(cache, loader, warm, distinct);
    return new Growth(distinct - warm, before, live(cache));
  }

  private static void pass(
      TaggedCache<Integer, String> cache, TaggedLoader<Integer, String> loader, int from, int to) {
    for (int i = from; i < to; i++) {
      cache.get(i, loader);
      if (i % 100 == 0) {
        cache.invalidateTags(Tag.of("item", i));
      }
    }
  }

  /** The bytes in use after collections that have also cleared what only the directory names. */
  private static long live(TaggedCache<Integer, String> cache) {
    cache.cleanUp();
    await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () -> {
              System.gc();
              return cache.stats().liveTags() <= 3L * ENTRIES;
            });
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  @Test
  void tags_thatOnlyInvalidationsName_takeNoMemory() {
    try (TaggedCache<Integer, String> cache = cache()) {
      for (int i = 0; i < 300_000; i++) {
        cache.invalidateTags(Tag.of("nobody", i));
      }
      assertThat(cache.stats().liveTags()).isZero();
    }
  }

  private static String load(Integer key, LoadContext<String> context) {
    context.tag(tags(key).toArray(Tag[]::new));
    return "value " + key;
  }

  /** One of its own, and one that seven share. */
  private static List<Tag> tags(int key) {
    return List.of(Tag.of("item", key), Tag.of("group", key / 7));
  }
}
