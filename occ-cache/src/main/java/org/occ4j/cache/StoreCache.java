/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.occ4j.Expected;
import org.occ4j.RetryPolicy;
import org.occ4j.Tag;
import org.occ4j.Versioned;
import org.occ4j.change.ChangeToken;
import org.occ4j.store.Page;
import org.occ4j.store.Scan;
import org.occ4j.store.VersionedStore;
import org.occ4j.store.WriteResult;

/** Two caches over a store, one for its states and one for answers about all of them. */
final class StoreCache<K, V> implements CachedStore<K, V> {
  private final VersionedStore<K, V> store;
  private final TaggedCache<K, Versioned<V>> states;
  private final TaggedCache<Object, Object> answers;
  private final TaggedLoader<K, Versioned<V>> loader;
  private final BulkTaggedLoader<K, Versioned<V>> bulkLoader;

  StoreCache(
      VersionedStore<K, V> store,
      TaggedCache<K, Versioned<V>> states,
      TaggedCache<Object, Object> answers) {
    this.store = store;
    this.states = states;
    this.answers = answers;
    this.loader =
        (key, context) -> {
          context.tag(store.tagOf(key));
          return store.get(key).orElse(null);
        };
    this.bulkLoader =
        (keys, context) -> {
          keys.forEach(key -> context.of(key).tag(store.tagOf(key)));
          return store.getAll(keys);
        };
  }

  @Override
  public String name() {
    return store.name();
  }

  @Override
  public Optional<Versioned<V>> get(K key) {
    return Optional.ofNullable(states.get(key, loader));
  }

  @Override
  public Optional<Versioned<V>> get(K key, ReadOptions options) {
    return Optional.ofNullable(states.get(key, options, loader));
  }

  @Override
  public Map<K, Versioned<V>> getAll(Collection<? extends K> keys) {
    return states.getAll(keys, bulkLoader);
  }

  @Override
  public Page<K, V> scan(Scan<K> scan) {
    Page<K, V> page = query(scan, (asked, context) -> store.scan(scan));
    return Objects.requireNonNull(page);
  }

  @Override
  @SuppressWarnings("unchecked") // One question has answers of one type.
  public <T> @Nullable T query(
      Object question, ReadOptions options, TaggedLoader<Object, T> loader) {
    Objects.requireNonNull(loader, "loader");
    return (T)
        answers.get(
            question,
            options,
            (asked, context) -> {
              context.tag(store.tagOfAll());
              return loader.load(asked, (LoadContext<T>) context);
            });
  }

  @Override
  public WriteResult<V> put(K key, V value, Expected expected) {
    return store.put(key, value, expected);
  }

  @Override
  public WriteResult<V> delete(K key, Expected expected) {
    return store.delete(key, expected);
  }

  @Override
  public WriteResult<V> update(K key, UnaryOperator<V> edit, RetryPolicy retry) {
    return store.update(key, edit, retry);
  }

  @Override
  public ChangeToken invalidateAll() {
    Tag all = Tag.ofStore(name());
    return states.invalidateTags(all); // The answers hear of it through the feed.
  }

  @Override
  public boolean awaitApplied(ChangeToken token, Duration timeout) throws InterruptedException {
    return states.awaitApplied(token, timeout);
  }

  @Override
  public TaggedCacheStats stats() {
    return states.stats();
  }

  @Override
  public TaggedCacheStats queryStats() {
    return answers.stats();
  }

  @Override
  public CacheHealth health() {
    return states.health();
  }

  @Override
  public void close() {
    states.close();
    answers.close();
  }

  @Override
  public String toString() {
    return "CachedStore[" + name() + "]";
  }
}
