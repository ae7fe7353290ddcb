/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.occ4j.Tag;

class InvalidationSlotsTest {
  private static final Tag MINE = Tag.of("mine");

  @Test
  void version_ofANameThatWasRaised_isTheGreatest() {
    InvalidationSlots slots = new InvalidationSlots();
    int name = InvalidationSlots.tagHash(MINE);
    slots.raise(name, 7);
    slots.raise(name, 5);
    assertThat(slots.version(name)).isEqualTo(7);
    long last = (1L << 51) - 1;
    slots.raise(name, last);
    assertThat(slots.version(name)).isEqualTo(last);
  }

  @Test
  void tagAndKey_spelledAlike_areDifferentNames() {
    assertThat(InvalidationSlots.tagHash(MINE))
        .isNotEqualTo(InvalidationSlots.keyHash(MINE.name()));
  }

  @Test
  void get_whileItsTagIsInvalidated_isRefusedForItsOwn() {
    TaggedCacheStats stats = loadWhileInvalidating(MINE);
    assertThat(stats.refusals()).isEqualTo(1);
    assertThat(stats.refusalsForOthers()).isZero();
  }

  @Test
  void get_whileATagOfTheSameSlotIsInvalidated_isRefusedForOthers() {
    TaggedCacheStats stats = loadWhileInvalidating(anotherInTheSlot());
    assertThat(stats.refusals()).isEqualTo(1);
    assertThat(stats.refusalsForOthers()).isEqualTo(1);
  }

  private static Tag anotherInTheSlot() {
    InvalidationSlots slots = new InvalidationSlots();
    int mine = InvalidationSlots.tagHash(MINE);
    slots.raise(mine, 1);
    for (int i = 0; ; i++) {
      Tag other = Tag.of("other-" + i);
      int name = InvalidationSlots.tagHash(other);
      if (slots.version(name) == 1 && !slots.isRaisedBy(name)) {
        return other;
      }
    }
  }

  private static TaggedCacheStats loadWhileInvalidating(Tag tag) {
    try (TaggedCache<String, String> cache = TaggedCache.<String, String>builder("c").build()) {
      cache.get(
          "a",
          (key, context) -> {
            cache.invalidateTags(tag);
            context.tag(MINE);
            return "v";
          });
      assertThat(cache.getIfPresent("a")).isNull();
      return cache.stats();
    }
  }
}
