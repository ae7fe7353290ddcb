/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts entries that leave, by cause, and has the application told. */
final class Removals<K, V> {
  private static final Logger log = LoggerFactory.getLogger(Removals.class);

  private final String cacheName;
  private final @Nullable RemovalListener<? super K, ? super V> listener;
  private final Executor executor;
  private final Queue<Map.Entry<K, Entry<V>>> evicted = new ConcurrentLinkedQueue<>();
  private final Map<RemovalCause, LongAdder> counts = new EnumMap<>(RemovalCause.class);

  Removals(CacheSettings<K, V> settings, Executor executor) {
    this.cacheName = settings.name;
    this.listener = settings.removalListener;
    this.executor = executor;
    for (RemovalCause cause : RemovalCause.values()) {
      counts.put(cause, new LongAdder());
    }
  }

  /**
   * An entry left. Not to be called under a lock of the map: the executor may run tasks at once.
   */
  void removed(K key, Entry<V> entry, RemovalCause cause) {
    count(cause);
    notifyListener(key, entry, cause);
  }

  /** An entry was evicted for room; called under Caffeine's lock, so the application waits. */
  void evicted(@Nullable K key, @Nullable Entry<V> entry) {
    count(RemovalCause.SIZE);
    if (listener != null && key != null && entry != null) {
      evicted.add(Map.entry(key, entry));
    }
  }

  /** Has the application told of the evicted entries; to be called after Caffeine did its work. */
  void notifyEvicted() {
    for (var next = evicted.poll(); next != null; next = evicted.poll()) {
      notifyListener(next.getKey(), next.getValue(), RemovalCause.SIZE);
    }
  }

  private void count(RemovalCause cause) {
    Objects.requireNonNull(counts.get(cause)).increment();
  }

  private void notifyListener(K key, Entry<V> entry, RemovalCause cause) {
    V value = entry.value();
    if (listener != null && value != null) {
      notifyListener(listener, key, value, cause);
    }
  }

  private void notifyListener(
      RemovalListener<? super K, ? super V> listener, K key, V value, RemovalCause cause) {
    try {
      executor.execute(
          () -> {
            try {
              listener.removed(key, value, cause);
            } catch (RuntimeException e) {
              log.warn("Cache {}: its removal listener failed", cacheName, e);
            }
          });
    } catch (RejectedExecutionException e) {
      log.warn("Cache {}: its removal listener was not told of {}", cacheName, cause, e);
    }
  }

  Map<RemovalCause, Long> counts() {
    Map<RemovalCause, Long> sums = new EnumMap<>(RemovalCause.class);
    counts.forEach((cause, count) -> sums.put(cause, count.sum()));
    return sums;
  }
}
