/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The cache with futures: no thread waits for a load, not even for one of another reader. */
final class AsyncView<K, V> implements AsyncTaggedCache<K, V> {
  private final ReadPath<K, V> reads;
  private final Executor executor;

  AsyncView(ReadPath<K, V> reads, Executor executor) {
    this.reads = reads;
    this.executor = executor;
  }

  @Override
  public CompletableFuture<@Nullable V> get(K key, TaggedLoader<? super K, V> loader) {
    return read(key, loader).thenApply(ReadResult::value);
  }

  @Override
  public CompletableFuture<ReadResult<V>> read(K key, TaggedLoader<? super K, V> loader) {
    Objects.requireNonNull(loader, "loader");
    Objects.requireNonNull(key, "key");
    return answers(() -> reads.read(key, loader)).thenApply(answers -> ReadPath.only(key, answers));
  }

  @Override
  public CompletableFuture<Map<K, V>> getAll(
      Iterable<? extends K> keys, BulkTaggedLoader<K, V> loader) {
    Objects.requireNonNull(loader, "loader");
    return answers(() -> reads.read(keys, loader)).thenApply(ReadPath::values);
  }

  /**
   * COHERENCE-7. Within a load, whose thread is going to wait for what it asks for, it reads at
   * once, on that thread: a thread of the executor may never become free.
   */
  private CompletableFuture<Map<K, ReadResult<V>>> answers(Supplier<CacheRead<K, V>> read) {
    try {
      return LoadCoordinator.isWithinLoad()
          ? CompletableFuture.completedFuture(read.get().onThisThread())
          : read.get().on(executor);
    } catch (RuntimeException | Error e) {
      return CompletableFuture.failedFuture(e);
    }
  }
}
