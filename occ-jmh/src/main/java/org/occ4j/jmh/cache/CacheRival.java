/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;
import org.cache2k.Cache2kBuilder;
import org.ehcache.config.builders.CacheConfigurationBuilder;
import org.ehcache.config.builders.CacheManagerBuilder;
import org.ehcache.config.builders.ExpiryPolicyBuilder;
import org.ehcache.config.builders.ResourcePoolsBuilder;
import org.jspecify.annotations.Nullable;
import org.occ4j.Tag;
import org.occ4j.cache.TaggedCache;

/** Who keeps values for an hour, and how it finds those under a tag. */
public enum CacheRival {
  /** This library. */
  OCC(OccCache::new),
  /** Caffeine with {@code expireAfterWrite}, without tags: what the budget compares with. */
  CAFFEINE(CaffeineCache::new),
  /** The same with an index from each tag to its keys, which an invalidation removes one by one. */
  CAFFEINE_INDEX(IndexedCache::new),
  /** The same with a version for each tag, looked up by name at each hit: FusionCache's way. */
  TAG_NAMES(NamedTagsCache::new),
  /** cache2k with {@code expireAfterWrite}, without tags. */
  CACHE2K(Cache2kCache::new),
  /** Ehcache on heap with a time to live, without tags. */
  EHCACHE(EhcacheCache::new);

  private static final Duration HOUR = Duration.ofHours(1);

  /** What is measured of a cache. */
  public interface Values {
    /** Keeps a value under tags. */
    void keep(String key, Set<Tag> tags);

    /** The value if it is there and valid. */
    @Nullable Object hit(String key);

    /** Makes void all values under a tag; nothing where there are no tags. */
    default void invalidate(Tag tag) {}

    /** How many entries there may be. */
    long size();
  }

  @SuppressWarnings("ImmutableEnumChecker") // constructors
  private final IntFunction<Values> factory;

  CacheRival(IntFunction<Values> factory) {
    this.factory = factory;
  }

  /** A new cache with room for so many entries. */
  public Values create(int room) {
    return factory.apply(room);
  }

  /** Whether it can invalidate by tag. */
  public boolean hasTags() {
    return this == OCC || this == CAFFEINE_INDEX || this == TAG_NAMES;
  }

  private static final class OccCache implements Values {
    private final TaggedCache<String, Object> cache;

    OccCache(int room) {
      this.cache =
          TaggedCache.<String, Object>builder("benchmark")
              .maximumSize(room)
              .expireAfterWrite(HOUR)
              .build();
    }

    @Override
    public void keep(String key, Set<Tag> tags) {
      cache.put(key, key, tags, cache.readPoint());
    }

    @Override
    public @Nullable Object hit(String key) {
      return cache.getIfPresent(key);
    }

    @Override
    public void invalidate(Tag tag) {
      cache.invalidateTags(tag);
    }

    @Override
    public long size() {
      return cache.estimatedSize();
    }
  }

  private static <V> Cache<String, V> caffeine(int room) {
    return Caffeine.newBuilder().maximumSize(room).expireAfterWrite(HOUR).build();
  }

  private static final class CaffeineCache implements Values {
    private final Cache<String, Object> cache;

    CaffeineCache(int room) {
      this.cache = caffeine(room);
    }

    @Override
    public void keep(String key, Set<Tag> tags) {
      cache.put(key, key);
    }

    @Override
    public @Nullable Object hit(String key) {
      return cache.getIfPresent(key);
    }

    @Override
    public long size() {
      return cache.estimatedSize();
    }
  }

  private static final class IndexedCache implements Values {
    private final Cache<String, Object> cache;
    private final ConcurrentMap<Tag, Set<String>> keys = new ConcurrentHashMap<>();

    IndexedCache(int room) {
      this.cache = caffeine(room);
    }

    @Override
    public void keep(String key, Set<Tag> tags) {
      cache.put(key, key);
      for (Tag tag : tags) {
        keys.computeIfAbsent(tag, same -> ConcurrentHashMap.newKeySet()).add(key);
      }
    }

    @Override
    public @Nullable Object hit(String key) {
      return cache.getIfPresent(key);
    }

    @Override
    public void invalidate(Tag tag) {
      Set<String> under = keys.remove(tag);
      if (under != null) {
        cache.invalidateAll(under);
      }
    }

    @Override
    public long size() {
      return cache.estimatedSize();
    }
  }

  /** A value with the names of its tags and the moment at which it was kept. */
  private record Stamped(Object value, List<Tag> tags, long version) {}

  private static final class NamedTagsCache implements Values {
    private final Cache<String, Stamped> cache;
    private final ConcurrentMap<Tag, Long> invalidated = new ConcurrentHashMap<>();
    private final AtomicLong clock = new AtomicLong();

    NamedTagsCache(int room) {
      this.cache = caffeine(room);
    }

    @Override
    public void keep(String key, Set<Tag> tags) {
      cache.put(key, new Stamped(key, List.copyOf(tags), clock.get()));
    }

    @Override
    public @Nullable Object hit(String key) {
      Stamped found = cache.getIfPresent(key);
      if (found == null) {
        return null;
      }
      for (Tag tag : found.tags()) {
        Long version = invalidated.get(tag);
        if (version != null && version > found.version()) {
          return null;
        }
      }
      return found.value();
    }

    @Override
    public void invalidate(Tag tag) {
      invalidated.put(tag, clock.incrementAndGet());
    }

    @Override
    public long size() {
      return cache.estimatedSize();
    }
  }

  private static final class Cache2kCache implements Values {
    private final org.cache2k.Cache<String, Object> cache;

    Cache2kCache(int room) {
      this.cache =
          Cache2kBuilder.of(String.class, Object.class)
              .entryCapacity(room)
              .expireAfterWrite(HOUR.toHours(), TimeUnit.HOURS)
              .build();
    }

    @Override
    public void keep(String key, Set<Tag> tags) {
      cache.put(key, key);
    }

    @Override
    public @Nullable Object hit(String key) {
      return cache.peek(key);
    }

    @Override
    public long size() {
      return cache.asMap().size();
    }
  }

  private static final class EhcacheCache implements Values {
    private final org.ehcache.Cache<String, Object> cache;

    EhcacheCache(int room) {
      this.cache =
          CacheManagerBuilder.newCacheManagerBuilder()
              .build(true)
              .createCache(
                  "benchmark",
                  CacheConfigurationBuilder.newCacheConfigurationBuilder(
                          String.class, Object.class, ResourcePoolsBuilder.heap(room))
                      .withExpiry(ExpiryPolicyBuilder.timeToLiveExpiration(HOUR)));
    }

    @Override
    public void keep(String key, Set<Tag> tags) {
      cache.put(key, key);
    }

    @Override
    public @Nullable Object hit(String key) {
      return cache.get(key);
    }

    @Override
    public long size() {
      long size = 0;
      for (var entry : cache) {
        size += entry == null ? 0 : 1;
      }
      return size;
    }
  }
}
