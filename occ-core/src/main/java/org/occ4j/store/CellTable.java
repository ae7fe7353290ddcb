/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.store;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.occ4j.CodecException;
import org.occ4j.Versioned;
import org.occ4j.store.internal.Keys;

/**
 * The cells of a store: found by key, walked in byte order, and the floors that keep versions from
 * coming back.
 */
final class CellTable<K, V> {

  /*
   * CELLTABLE-1  The hash table and the sorted index hold the same cells, because both are changed
   *     only under the lock of the key's stripe, and then both.
   * CELLTABLE-2  The floor of a stripe is at least every version of every state of the stripe that
   *     was deleted, before anybody can see it deleted. A creator reads the floor after it has seen
   *     its cell vacant, and creates by compare-and-set from vacant; since a cell is vacant only
   *     before its one life (CELL-1), no life it has not heard of can have begun and ended in
   *     between. So a key needs no tombstone to keep its versions apart.
   */

  /** A power of two; enough that creators and deleters of different keys seldom meet. */
  private static final int STRIPES = 64;

  private final Keys<K> keys;
  private final ConcurrentHashMap<K, Cell<K, V>> cells = new ConcurrentHashMap<>();
  private final ConcurrentSkipListMap<byte[], Cell<K, V>> index =
      new ConcurrentSkipListMap<>(Arrays::compareUnsigned);
  private final ReentrantLock[] locks = new ReentrantLock[STRIPES];
  private final AtomicLongArray floors = new AtomicLongArray(STRIPES);

  CellTable(Keys<K> keys) {
    this.keys = keys;
    Arrays.setAll(locks, stripe -> new ReentrantLock());
  }

  /** The cell of this key, or null if it has none and so no state. */
  @Nullable Cell<K, V> find(K key) {
    return cells.get(key);
  }

  /**
   * The cell of this key, made if there is none. It may be dead already when this returns.
   *
   * @throws IllegalArgumentException if the key is too long
   * @throws CodecException if the codec has no bytes of its own for the key
   */
  Cell<K, V> findOrMake(K key) {
    Cell<K, V> found = find(key);
    return found != null ? found : make(new Cell<>(key, keys.encode(key)));
  }

  private Cell<K, V> make(Cell<K, V> fresh) {
    ReentrantLock lock = locks[stripe(fresh.key)];
    lock.lock();
    try {
      Cell<K, V> found = find(fresh.key);
      if (found != null) {
        return found;
      }
      Cell<K, V> clash = index.putIfAbsent(fresh.bytes, fresh);
      if (clash != null) {
        throw new CodecException(
            "the key codec has the same bytes for " + fresh.key + " and " + clash.key, null);
      }
      cells.put(fresh.key, fresh);
      return fresh;
    } finally {
      lock.unlock();
    }
  }

  /** Takes a dead cell out. Idempotent. */
  void remove(Cell<K, V> dead) {
    ReentrantLock lock = locks[stripe(dead.key)];
    lock.lock();
    try {
      if (cells.remove(dead.key, dead)) {
        index.remove(dead.bytes, dead);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Takes out a cell that was made for a creation which then did not come. */
  void removeIfVacant(Cell<K, V> cell) {
    if (cell.settle() == Cell.VACANT && cell.compareAndSet(Cell.VACANT, Cell.DEAD)) {
      remove(cell);
    }
  }

  /** The greatest version that was deleted in the stripe of this key. */
  long floor(K key) {
    return floors.get(stripe(key));
  }

  /**
   * Records a state that is about to be deleted. CELLTABLE-2: before anybody can see it deleted.
   */
  void raiseFloor(K key, Versioned<V> doomed) {
    floors.accumulateAndGet(stripe(key), doomed.version(), Math::max);
  }

  /**
   * The cells from {@code prefix} on, after {@code after} and up to {@code through}; null for no
   * bound. Where the keys no longer begin with the prefix is for the caller to see.
   */
  Iterable<Cell<K, V>> walk(byte[] prefix, byte @Nullable [] after, byte @Nullable [] through) {
    byte[] from = after != null && Arrays.compareUnsigned(after, prefix) >= 0 ? after : prefix;
    if (through != null && Arrays.compareUnsigned(from, through) > 0) {
      return List.of();
    }
    ConcurrentNavigableMap<byte[], Cell<K, V>> range = index.tailMap(from, from != after);
    return (through == null ? range : range.headMap(through, true)).values();
  }

  private int stripe(K key) {
    int hash = key.hashCode();
    return (hash ^ (hash >>> 16)) & (STRIPES - 1);
  }
}
