/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** The cache with futures: no thread waits for a flight, not even for one of another's. */
final class AsyncView<K, V> implements AsyncTaggedCache<K, V> {
  private final TaggedCache<K, V> cache;
  private final Reads<K, V> reads;
  private final Loads<K, V> loads;
  private final Executor executor;

  AsyncView(TaggedCache<K, V> cache, Reads<K, V> reads, Loads<K, V> loads, Executor executor) {
    this.cache = cache;
    this.reads = reads;
    this.loads = loads;
    this.executor = executor;
  }

  @Override
  public CompletableFuture<@Nullable V> get(K key, TaggedLoader<? super K, V> loader) {
    return read(key, loader).thenApply(ReadResult::value);
  }

  @Override
  public CompletableFuture<ReadResult<V>> read(K key, TaggedLoader<? super K, V> loader) {
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(loader, "loader");
    return read(key, Reads.single(key, loader), reads.now(), 0);
  }

  private CompletableFuture<ReadResult<V>> read(
      K key, BulkTaggedLoader<K, V> loader, long arrival, int joins) {
    try {
      return readOrBoard(key, loader, arrival, joins);
    } catch (RuntimeException | Error e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private CompletableFuture<ReadResult<V>> readOrBoard(
      K key, BulkTaggedLoader<K, V> loader, long arrival, int joins) {
    Look<V> look = reads.look(key, joins == 0);
    if (look.mayServe()) {
      return CompletableFuture.completedFuture(reads.serve(key, look, loader));
    }
    boolean alone = joins >= Reads.MAXIMUM_JOINS;
    LoadRun run = loads.newBackgroundRun(key);
    Flight<K, V> own = new Flight<>(key, run, look.replaceable());
    Flight<K, V> other = alone ? null : loads.board(own);
    if (other != null) {
      return other
          .landing()
          .thenComposeAsync(
              landing ->
                  reads.mayTake(arrival, landing)
                      ? settled(other, landing)
                      : read(key, loader, arrival, joins + 1),
              executor);
    }
    if (!alone && reads.hasArrived(key, look)) {
      loads.abandon(own);
      return read(key, loader, arrival, joins + 1);
    }
    loads.dispatch(run, List.of(own), loader);
    return own.landing().thenComposeAsync(landing -> settled(own, landing), executor);
  }

  private CompletableFuture<ReadResult<V>> settled(Flight<K, V> flight, Landing<V> landing) {
    return CompletableFuture.completedFuture(reads.settle(flight, landing));
  }

  @Override
  public CompletableFuture<Map<K, V>> getAll(
      Iterable<? extends K> keys, BulkTaggedLoader<K, V> loader) {
    Objects.requireNonNull(keys, "keys");
    Objects.requireNonNull(loader, "loader");
    return CompletableFuture.supplyAsync(() -> cache.getAll(keys, loader), executor);
  }
}
