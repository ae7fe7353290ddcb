/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.occ4j.Expected;
import org.occ4j.RetryPolicy;
import org.occ4j.Versioned;
import org.occ4j.change.ChangeToken;
import org.occ4j.store.Page;
import org.occ4j.store.Scan;
import org.occ4j.store.WriteResult;

/**
 * A store that is read through a cache: states by their keys, and what was asked of the whole store
 * by a name for the question.
 *
 * <p>It promises what {@link TaggedCache} does, and that nobody has to invalidate anything. A write
 * of the store carries the tags of its key and of all keys by itself, so when a write on this node
 * has returned, through this object or any other view of the store, no read here that begins
 * afterwards returns an older state; other nodes follow within their poll interval. What a write
 * made is loaded by the next read: it is not put here, for a rival's newer state could be what it
 * replaced.
 *
 * <p>It does not promise that a state is the latest: a write's expectation decides that, and one
 * that came from here may lose to another node's. A call that changed nothing here, because it
 * conflicted, was a mutation done before, or deleted what was gone, can have told a newer state
 * than the next read does, if another node wrote that within the poll interval. Nor that states
 * read together are of one moment, as {@code VersionedStore.getAll} does. It hears of recorded
 * writes only: those of other nodes, and of views that said {@code recordChanges(false)}, are
 * recorded where their store says so; what is written past the library is heard of through the
 * table's foreign-write trigger. In a transaction that has written, read through its joined store.
 *
 * <p>Thread-safe.
 *
 * @param <K> the keys
 * @param <V> the values
 */
public interface CachedStore<K, V> extends AutoCloseable {

  /** The name of the store. */
  String name();

  /**
   * The state of the key, if it has one. An absent key is asked for each time, unless {@code
   * negativeTtl} was set.
   *
   * @throws org.occ4j.StoreUnavailableException if it has to be loaded and the store does not
   *     answer
   * @throws CacheLoadException as {@link TaggedCache#get} does
   */
  default Optional<Versioned<V>> get(K key) {
    return get(key, ReadOptions.none());
  }

  /**
   * The state of the key, at least as new as {@code atLeast}: the token that a write gave, on this
   * node or another. What is in memory is served if everything up to the token was applied here,
   * which may take a poll; else the state is loaded.
   *
   * @param atLeast null asks for nothing, as {@link #get(Object)} does
   */
  default Optional<Versioned<V>> get(K key, @Nullable ChangeToken atLeast) {
    return get(key, atLeast == null ? ReadOptions.none() : ReadOptions.atLeast(atLeast));
  }

  /** The state of the key, with what {@code options} ask for. */
  Optional<Versioned<V>> get(K key, ReadOptions options);

  /**
   * The states of these keys, each as {@link #get(Object)} gives it; those that are not here are
   * loaded together. Absent keys do not occur in the map.
   */
  Map<K, Versioned<V>> getAll(Collection<? extends K> keys);

  /** One page of entries, kept until any key is written. */
  Page<K, V> scan(Scan<K> scan);

  /**
   * The answer to a question about the whole store, asked again once any key was written.
   *
   * @param question names it, with its parameters: a record, say; immutable, with {@code equals}
   *     and {@code hashCode}. One question has answers of one type.
   * @param loader finds the answer, which is immutable; tags it where it depends on more than this
   *     store: {@code context.tag(other.tagOfAll())}
   * @return the answer, or null if there is none
   * @throws RuntimeException what the loader threw; nothing is kept then
   * @throws CacheLoadException as {@link TaggedCache#get} does
   */
  default <T> @Nullable T query(Object question, TaggedLoader<Object, T> loader) {
    return query(question, ReadOptions.none(), loader);
  }

  /** The answer to a question about the whole store, with what {@code options} ask for. */
  <T> @Nullable T query(Object question, ReadOptions options, TaggedLoader<Object, T> loader);

  /** {@code VersionedStore.put}. */
  WriteResult<V> put(K key, V value, Expected expected);

  /** {@code VersionedStore.delete}. */
  WriteResult<V> delete(K key, Expected expected);

  /** {@code VersionedStore.update}; it begins from the state in the store. */
  WriteResult<V> update(K key, UnaryOperator<V> edit, RetryPolicy retry);

  /**
   * Makes void everything that was read of the store, on every node: after an import with triggers
   * off, say.
   *
   * @return the place of the invalidation
   * @throws org.occ4j.OccException if the change feed could not be written; the states in this
   *     cache are void all the same
   */
  ChangeToken invalidateAll();

  /**
   * Waits until everything that {@code token} covers was applied here.
   *
   * @return false if the time-out passed first, or if the token is of another feed
   * @throws InterruptedException if interrupted on entry or while waiting
   * @throws IllegalArgumentException if {@code timeout} is negative
   */
  boolean awaitApplied(ChangeToken token, Duration timeout) throws InterruptedException;

  /** What happened so far to states that were read by their keys. */
  TaggedCacheStats stats();

  /** What happened so far to answers of questions, pages included. */
  TaggedCacheStats queryStats();

  /** Whether it can be relied on at this moment. */
  CacheHealth health();

  /** Stops following and drops everything; the store stays open. Idempotent. */
  @Override
  void close();
}
