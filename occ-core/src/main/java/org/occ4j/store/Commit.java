/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.store;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.occ4j.Expected;

/**
 * Several writes and checks that are applied together or not at all.
 *
 * <p>Immutable: each method returns a new commit. A key occurs once, either read or written. It
 * guards the keys that it names, not conditions over keys that do not exist yet.
 *
 * @param <K> the keys
 * @param <V> the values
 */
public final class Commit<K, V> {

  private final Map<K, Expected> reads;
  private final Map<K, Write<K, V>> writes;

  private Commit(Map<K, Expected> reads, Map<K, Write<K, V>> writes) {
    this.reads = Collections.unmodifiableMap(reads);
    this.writes = Collections.unmodifiableMap(writes);
  }

  /** A commit of nothing yet. */
  public static <K, V> Commit<K, V> empty() {
    return new Commit<>(Map.of(), Map.of());
  }

  /** Adds: {@code key} must still have this version when the writes are applied. */
  public Commit<K, V> read(K key, long version) {
    return read(key, Expected.version(version));
  }

  /**
   * Adds: this must hold for {@code key} when the writes are applied.
   *
   * @throws IllegalArgumentException if the key already occurs
   */
  public Commit<K, V> read(K key, Expected expected) {
    requireNew(key);
    Map<K, Expected> more = new LinkedHashMap<>(reads);
    more.put(key, Objects.requireNonNull(expected, "expected"));
    return new Commit<>(more, writes);
  }

  /**
   * Adds: store {@code value}.
   *
   * @throws IllegalArgumentException if the key already occurs
   */
  public Commit<K, V> put(K key, V value, Expected expected) {
    return with(Write.put(key, value, expected));
  }

  /**
   * Adds: remove {@code key}.
   *
   * @throws IllegalArgumentException if the key already occurs
   */
  public Commit<K, V> delete(K key, Expected expected) {
    return with(Write.delete(key, expected));
  }

  /** What must hold for keys that are not written, in the order in which they were added. */
  public Map<K, Expected> reads() {
    return reads;
  }

  /** The writes by key, in the order in which they were added. */
  public Map<K, Write<K, V>> writes() {
    return writes;
  }

  private Commit<K, V> with(Write<K, V> write) {
    requireNew(write.key());
    Map<K, Write<K, V>> more = new LinkedHashMap<>(writes);
    more.put(write.key(), write);
    return new Commit<>(reads, more);
  }

  private void requireNew(K key) {
    Objects.requireNonNull(key, "key");
    if (reads.containsKey(key) || writes.containsKey(key)) {
      throw new IllegalArgumentException("key occurs twice in one commit: " + key);
    }
  }
}
