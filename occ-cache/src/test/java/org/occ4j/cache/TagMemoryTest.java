/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.occ4j.Tag;

/** What is remembered about tags follows the entries that live, not the tags that ever were. */
class TagMemoryTest {
  private static final int ENTRIES = 1_000;
  private static final int DISTINCT = 300_000;

  @Test
  void tags_ofEvictedEntries_leaveNothingBehind() {
    try (TaggedCache<Integer, String> cache =
        TaggedCache.<Integer, String>builder("soak").maximumSize(ENTRIES).build()) {
      for (int i = 0; i < DISTINCT; i++) {
        cache.get(i, TagMemoryTest::load);
        if (i % 100 == 0) {
          cache.invalidateTags(Tag.of("item", i));
        }
      }
      cache.cleanUp();
      await()
          .atMost(Duration.ofSeconds(60))
          .until(
              () -> {
                System.gc();
                return cache.stats().liveTags() <= 2 * ENTRIES + 1;
              });
      assertThat(cache.estimatedSize()).isLessThanOrEqualTo(ENTRIES);
    }
  }

  @Test
  void tags_thatOnlyInvalidationsName_takeNoMemory() {
    try (TaggedCache<Integer, String> cache = TaggedCache.<Integer, String>builder("x").build()) {
      for (int i = 0; i < DISTINCT; i++) {
        cache.invalidateTags(Tag.of("nobody", i));
      }
      assertThat(cache.stats().liveTags()).isZero();
    }
  }

  private static String load(Integer key, LoadContext<String> context) {
    context.tag(Tag.of("item", key), Tag.of("group", key / 7));
    return "value " + key;
  }
}
