/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.store;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.RetryPolicy;
import org.occ4j.Tag;
import org.occ4j.Versioned;
import org.occ4j.change.Change;
import org.occ4j.change.Subscription;

/**
 * Values under keys, each with a version, written by compare-and-set.
 *
 * <p>A write whose {@link Expected expectation} does not hold changes nothing and returns the state
 * that made it fail (guarantee G1). Versions grow with each write of a key and never repeat, also
 * across delete and recreate (G2). A single write is atomic; {@link #commit} makes several atomic
 * together.
 *
 * <p>Not promised: an order between writes of different keys, or that a state read is still current
 * when it is used; that is what the next write's expectation is for.
 *
 * <p>Instances are thread-safe. <b>Memory consistency effects:</b> what a thread did before a write
 * was applied happens-before what another does after reading that state in the same process.
 * <b>Durability:</b> an applied write is as durable as the store behind it, when the method
 * returns; in memory it lasts as long as the process.
 *
 * <p>Every method may throw {@link org.occ4j.StoreUnavailableException} (nothing was changed), and
 * every writing one {@link org.occ4j.OutcomeUnknownException} (it may have been) and {@link
 * org.occ4j.CodecException}; in memory none of them occurs.
 *
 * @param <K> the keys
 * @param <V> the values; immutable, or never changed after they were handed over
 */
public interface VersionedStore<K, V> {

  /** A store in this process with default settings, which records no changes. */
  static <K, V> VersionedStore<K, V> inMemory(KeyCodec<K> keys) {
    return new InMemoryStoreBuilder<K, V>("memory", keys).build();
  }

  /**
   * A store in this process whose settings the builder takes.
   *
   * @param name the name under which its changes appear in a feed
   */
  static <K, V> InMemoryStoreBuilder<K, V> builder(String name, KeyCodec<K> keys) {
    return new InMemoryStoreBuilder<>(name, keys);
  }

  /** The name of the store: the {@code source} of its changes. */
  String name();

  /** How this store writes its keys. */
  KeyCodec<K> keyCodec();

  /**
   * The tag that every recorded write of this key carries by itself ({@link Tag#ofKey}): under it a
   * cache keeps what it loads from the key.
   */
  default Tag tagOf(K key) {
    return Tag.ofKey(name(), keyCodec().text(key));
  }

  /**
   * The tag that every recorded write of any key carries by itself ({@link Tag#ofAll}): under it a
   * cache keeps lists and counts.
   */
  default Tag tagOfAll() {
    return Tag.ofAll(name());
  }

  /**
   * What was done on this store so far; null where nobody counts, as in memory without {@link
   * InMemoryStoreBuilder#recordStats} and in a transaction of the caller's.
   */
  default @Nullable StoreStats stats() {
    return null;
  }

  /** The present state of the key, if it has one. */
  Optional<Versioned<V>> get(K key);

  /**
   * The present states of these keys, all of one moment. Absent keys do not occur in the map;
   * duplicates count once.
   */
  Map<K, Versioned<V>> getAll(Collection<? extends K> keys);

  /**
   * Stores {@code value} if {@code expected} holds, and creates the key where the expectation
   * allows that.
   *
   * @return the state written, or the conflict
   * @throws IllegalArgumentException if the key is too long
   */
  WriteResult<V> put(K key, V value, Expected expected);

  /**
   * Removes the key if {@code expected} holds. Removing an absent key under {@link Expected#any()}
   * or {@link Expected#absent()} is applied and changes nothing; under any other expectation it is
   * a conflict.
   */
  WriteResult<V> delete(K key, Expected expected);

  /**
   * Reads, edits and writes until no rival comes between, within the bounds of {@code retry}; each
   * next attempt starts from the state that the lost one returned, without reading again.
   *
   * @param edit makes the new value of the old one; may be called several times; runs under no
   *     lock. What it throws is thrown as it is, and nothing is changed.
   * @return the state written; or the last conflict when the bounds are reached; or a conflict with
   *     no current state when the key is absent
   */
  WriteResult<V> update(K key, UnaryOperator<V> edit, RetryPolicy retry);

  /**
   * Applies writes that have nothing to do with each other, each by itself: one may conflict or
   * fail while the others are applied.
   *
   * @throws IllegalArgumentException if a key occurs twice; nothing is changed then
   */
  BatchResult<K, V> writeAll(List<Write<K, V>> independent);

  /**
   * Applies all writes at one moment if every expectation holds, else nothing. No reader sees half
   * of it.
   *
   * @return the new states, or every key that stood in the way
   */
  CommitResult<K, V> commit(Commit<K, V> atomic);

  /** One page of entries in unsigned byte order of the encoded key. */
  Page<K, V> scan(Scan<K> scan);

  /**
   * Tells committed writes and deletes of this store to {@code follower}, one after the other,
   * those of one key in the order of their versions, from now on. It runs on a thread of the feed.
   *
   * @throws IllegalStateException if this store records no changes
   */
  Subscription watch(Consumer<? super Change> follower);

  /** The same store, whose writes through this view name {@code updatedBy} as their writer. */
  VersionedStore<K, V> by(String updatedBy);

  /**
   * The same store, whose writes through this view carry {@code tags} in their change.
   *
   * @throws IllegalStateException if this store records no changes and {@code tags} is not empty
   */
  VersionedStore<K, V> tagging(Set<Tag> tags);
}
