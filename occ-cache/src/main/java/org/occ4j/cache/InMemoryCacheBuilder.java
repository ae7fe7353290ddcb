/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.occ4j.change.ChangeFeed;

/**
 * Builds tagged caches of this process.
 *
 * @param <K> the keys
 * @param <V> the values
 */
public final class InMemoryCacheBuilder<K, V>
    extends TaggedCacheBuilder<K, V, InMemoryCacheBuilder<K, V>> {
  private @Nullable ChangeFeed feed;

  InMemoryCacheBuilder(String name) {
    super(name);
  }

  /**
   * Applies what this feed tells: values under the tags of a committed change are made void, or
   * marked as stale, before the write that caused it returns.
   *
   * <p>If the feed has a writing end ({@link org.occ4j.change.ChangeLog}), the invalidations asked
   * of the cache are published there, so that the others who follow it hear of them; else they stay
   * in this cache. A write of a store is under the tags of its key and of all its keys by itself
   * ({@link org.occ4j.change.Change#allTags}).
   */
  public InMemoryCacheBuilder<K, V> followChanges(ChangeFeed feed) {
    this.feed = Objects.requireNonNull(feed, "feed");
    return this;
  }

  /**
   * The cache.
   *
   * @throws IllegalArgumentException if settings contradict each other
   */
  public TaggedCache<K, V> build() {
    return buildFollowing(feed);
  }

  @Override
  protected InMemoryCacheBuilder<K, V> self() {
    return this;
  }
}
