/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The cache with futures: no thread waits for a flight, not even for one of another's. Within a
 * load, whose thread is going to wait for what it asks for, it reads at once, on that thread (I7):
 * a thread of the executor may never become free.
 */
final class AsyncView<K, V> implements AsyncTaggedCache<K, V> {
  private final Reads<K, V> reads;
  private final Loads<K, V> loads;
  private final Executor executor;

  AsyncView(Reads<K, V> reads, Loads<K, V> loads, Executor executor) {
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
    BulkTaggedLoader<K, V> single = Reads.single(key, loader);
    return Loads.isWithinLoad()
        ? atOnce(() -> reads.getOrLoad(key, single))
        : read(key, single, reads.now(), 0);
  }

  private static <T> CompletableFuture<T> atOnce(Supplier<T> read) {
    try {
      return CompletableFuture.completedFuture(read.get());
    } catch (RuntimeException | Error e) {
      return CompletableFuture.failedFuture(e);
    }
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
    LoadRun run = new LoadRun(key, true);
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
    return own.landing()
        .thenComposeAsync(
            landing ->
                alone || !(landing instanceof Landing.Abandoned)
                    ? settled(own, landing)
                    : read(key, loader, arrival, joins + 1),
            executor);
  }

  private CompletableFuture<ReadResult<V>> settled(Flight<K, V> flight, Landing<V> landing) {
    return CompletableFuture.completedFuture(reads.settle(flight, landing));
  }

  @Override
  public CompletableFuture<Map<K, V>> getAll(
      Iterable<? extends K> keys, BulkTaggedLoader<K, V> loader) {
    Objects.requireNonNull(keys, "keys");
    Objects.requireNonNull(loader, "loader");
    return Loads.isWithinLoad()
        ? atOnce(() -> new BulkRead<>(reads, loads, keys, loader).read())
        : readAll(keys, loader);
  }

  private CompletableFuture<Map<K, V>> readAll(
      Iterable<? extends K> keys, BulkTaggedLoader<K, V> loader) {
    try {
      return new BulkRead<>(reads, loads, keys, loader).readAsync(executor);
    } catch (RuntimeException | Error e) {
      return CompletableFuture.failedFuture(e);
    }
  }
}
