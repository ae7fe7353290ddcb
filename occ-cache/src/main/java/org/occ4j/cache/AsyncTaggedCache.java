/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A view of a {@link TaggedCache} that answers with futures. It shares entries, loads under way and
 * guarantees with the cache it came from.
 *
 * <p>Each call gets a future of its own: cancelling or completing it changes nothing for the load
 * or for others who wait for it. A future fails with what {@link TaggedCache#get} would have
 * thrown, wrapped in {@link java.util.concurrent.CompletionException} by {@code join} as usual.
 * Continuations may run on the thread that loaded.
 *
 * <p>Within a load, of whichever cache, the calls read on the calling thread and return a future
 * that is done: the load is going to wait for it, and might have the last thread of the executor.
 * So a loader that needs several keys asks for them by {@link #getAll}. A loader must not wait for
 * a future that was asked for outside of it, or for another thread that reads from the cache; the
 * cache cannot see that, and only a load time-out ends it.
 *
 * @param <K> the keys
 * @param <V> the values
 */
public interface AsyncTaggedCache<K, V> {

  /** As {@link TaggedCache#get}; the loader runs on the cache's executor. */
  CompletableFuture<@Nullable V> get(K key, TaggedLoader<? super K, V> loader);

  /**
   * As {@link #get}, and says whether the value was stale; see {@link TaggedCache#read}. The loader
   * runs on the cache's executor.
   */
  CompletableFuture<ReadResult<V>> read(K key, TaggedLoader<? super K, V> loader);

  /** As {@link TaggedCache#getAll}; runs on the cache's executor. */
  CompletableFuture<Map<K, V>> getAll(Iterable<? extends K> keys, BulkTaggedLoader<K, V> loader);
}
