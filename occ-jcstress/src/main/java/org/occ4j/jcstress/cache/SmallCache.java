/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jcstress.cache;

import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntSupplier;
import org.occ4j.Tag;
import org.occ4j.cache.ReadPoint;
import org.occ4j.cache.TaggedCache;

/** What the races need of a cache: one key under one tag. */
interface SmallCache {
  /** What {@link #getIfPresent} says of a value that is not there. */
  int ABSENT = 0;

  /** The value, loaded from {@code source} if need be. */
  int get(IntSupplier source);

  /** The value if it is there. */
  int getIfPresent();

  /** Reads {@code source} and puts what it says, with a read point from before. */
  void put(IntSupplier source);

  /** Invalidates the tag. */
  void invalidate();

  /** The library; all states share a cache, in which each has a key and a tag of its own. */
  static SmallCache library() {
    return new LibraryCache();
  }

  /** A key and a tag of a {@link TaggedCache}. */
  final class LibraryCache implements SmallCache {
    private static final TaggedCache<Integer, Integer> cache =
        TaggedCache.<Integer, Integer>builder("races").build();
    private static final AtomicInteger numbers = new AtomicInteger();

    private final Integer key = numbers.incrementAndGet();
    private final Tag tag = Tag.of("race", key);

    @Override
    public int get(IntSupplier source) {
      return Objects.requireNonNull(
          cache.get(
              key,
              (same, context) -> {
                context.tag(tag);
                return source.getAsInt();
              }));
    }

    @Override
    public int getIfPresent() {
      Integer value = cache.getIfPresent(key);
      return value == null ? ABSENT : value;
    }

    @Override
    public void put(IntSupplier source) {
      ReadPoint before = cache.readPoint();
      cache.put(key, source.getAsInt(), Set.of(tag), before);
    }

    @Override
    public void invalidate() {
      cache.invalidateTags(tag);
    }
  }
}
