/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache.jdbc;

import java.sql.Connection;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.occ4j.Tag;
import org.occ4j.cache.AsyncTaggedCache;
import org.occ4j.cache.BulkTaggedLoader;
import org.occ4j.cache.CacheHealth;
import org.occ4j.cache.ReadOptions;
import org.occ4j.cache.ReadPoint;
import org.occ4j.cache.ReadResult;
import org.occ4j.cache.TaggedCache;
import org.occ4j.cache.TaggedCacheStats;
import org.occ4j.cache.TaggedLoader;
import org.occ4j.change.ChangeDraft;
import org.occ4j.change.ChangeToken;
import org.occ4j.jdbc.JdbcChangeLog;
import org.occ4j.jdbc.PendingChange;

/**
 * A cache in memory that follows a database's change log, with the one verb that needs a
 * connection. Everything that keeps it coherent is in the cache that it hands its calls to.
 */
final class SharedTaggedCache<K, V> implements JdbcTaggedCache<K, V> {
  private final TaggedCache<K, V> local;
  private final JdbcChangeLog changes;
  private final boolean sharesKeys;

  SharedTaggedCache(TaggedCache<K, V> local, JdbcChangeLog changes, boolean sharesKeys) {
    this.local = local;
    this.changes = changes;
    this.sharesKeys = sharesKeys;
  }

  @Override
  public PendingInvalidation invalidateTags(Connection transaction, Tag... tags) {
    Set<Tag> distinct = new LinkedHashSet<>(List.of(tags));
    if (distinct.isEmpty()) {
      return new WrittenInvalidation(distinct, () -> {}); // without tags it would mean everything
    }
    return new WrittenInvalidation(
        distinct, changes.append(transaction, ChangeDraft.invalidate(local.name(), distinct)));
  }

  /** A row of the change log that waits for its commit. */
  private record WrittenInvalidation(Set<Tag> tags, PendingChange change)
      implements PendingInvalidation {
    @Override
    public ReadOptions reads() {
      return ReadOptions.pending(tags);
    }

    @Override
    public void committed() {
      change.committed();
    }
  }

  @Override
  public ChangeToken invalidate(K key) {
    if (!sharesKeys) {
      throw new IllegalStateException(
          "cache "
              + local.name()
              + " has no keyCodec to tell other nodes which key is void; invalidate by tag");
    }
    return local.invalidate(key);
  }

  @Override
  public String name() {
    return local.name();
  }

  @Override
  public @Nullable V getIfPresent(K key) {
    return local.getIfPresent(key);
  }

  @Override
  public @Nullable V get(K key, TaggedLoader<? super K, V> loader) {
    return local.get(key, loader);
  }

  @Override
  public @Nullable V get(K key, ReadOptions options, TaggedLoader<? super K, V> loader) {
    return local.get(key, options, loader);
  }

  @Override
  public ReadResult<V> read(K key, ReadOptions options, TaggedLoader<? super K, V> loader) {
    return local.read(key, options, loader);
  }

  @Override
  public Map<K, V> getAll(Iterable<? extends K> keys, BulkTaggedLoader<K, V> loader) {
    return local.getAll(keys, loader);
  }

  @Override
  public void put(K key, V value, Set<Tag> tags, ReadPoint since) {
    local.put(key, value, tags, since);
  }

  @Override
  public ReadPoint readPoint() {
    return local.readPoint();
  }

  @Override
  public ChangeToken invalidateTags(Tag... tags) {
    return local.invalidateTags(tags);
  }

  @Override
  public ChangeToken markStale(Tag... tags) {
    return local.markStale(tags);
  }

  @Override
  public ChangeToken invalidateAll() {
    return local.invalidateAll();
  }

  @Override
  public boolean awaitApplied(ChangeToken token, Duration timeout) throws InterruptedException {
    return local.awaitApplied(token, timeout);
  }

  @Override
  public AsyncTaggedCache<K, V> async() {
    return local.async();
  }

  @Override
  public TaggedCacheStats stats() {
    return local.stats();
  }

  @Override
  public CacheHealth health() {
    return local.health();
  }

  @Override
  public long estimatedSize() {
    return local.estimatedSize();
  }

  @Override
  public void cleanUp() {
    local.cleanUp();
  }

  @Override
  public void close() {
    local.close();
  }
}
