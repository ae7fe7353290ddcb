/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.store;

import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.occ4j.Versioned;
import org.occ4j.store.internal.Keys;

/** Reads several keys as they were at one moment. */
final class SnapshotReader<K, V> {

  /*
   * First without writing anything: read all, read all again, and if each key was found the same
   * twice then all of it held between the two readings. "The same" for a state is the same object
   * (CELL-2); for an absent key it is the same floor as well, because a key that came and went in
   * between has raised it (CELLTABLE-2).
   *
   * A fast writer of one key could spoil that for ever, so after some attempts the reader makes a
   * decision of its own (AtomicRead), which writers help to its end.
   */
  private static final int OPTIMISTIC_ATTEMPTS = 4;

  private final CellTable<K, V> table;
  private final Keys<K> keys;

  SnapshotReader(CellTable<K, V> table, Keys<K> keys) {
    this.table = table;
    this.keys = keys;
  }

  Map<K, Versioned<V>> read(Collection<? extends K> wanted) {
    List<K> distinct = List.copyOf(new LinkedHashSet<>(wanted));
    distinct.stream().filter(key -> table.find(key) == null).forEach(keys::encode);
    for (int attempt = 0; attempt < OPTIMISTIC_ATTEMPTS; attempt++) {
      List<Seen<V>> first = distinct.stream().map(this::look).toList();
      if (distinct.size() < 2 || isUnchanged(distinct, first)) {
        return mapOf(distinct, first.stream().map(Seen::state).toList());
      }
    }
    return decide(distinct);
  }

  private Seen<V> look(K key) {
    // The floor first: a deletion that this reading of the state has not seen raises it later.
    long floor = table.floor(key);
    Cell<K, V> cell = table.find(key);
    return new Seen<>(cell == null ? null : cell.read(), floor);
  }

  private boolean isUnchanged(List<K> distinct, List<Seen<V>> first) {
    for (int index = 0; index < first.size(); index++) {
      if (!first.get(index).isStill(table, distinct.get(index))) {
        return false;
      }
    }
    return true;
  }

  /** By a decision of its own; package-private so that it can be tested by itself. */
  Map<K, Versioned<V>> decide(List<K> distinct) {
    while (true) {
      List<Cell<K, V>> cells = distinct.stream().map(this::liveCell).toList();
      List<Cell<K, V>> sorted =
          cells.stream()
              .sorted(
                  Comparator.comparing((Cell<K, V> cell) -> cell.bytes, Arrays::compareUnsigned))
              .toList();
      AtomicRead read = new AtomicRead(sorted);
      boolean decided = read.finish();
      cells.forEach(table::removeIfVacant);
      if (decided) {
        return result(distinct, sorted, read);
      }
    }
  }

  private Cell<K, V> liveCell(K key) {
    Cell<K, V> cell = table.findOrMake(key);
    while (cell.slot() == Cell.DEAD) {
      table.remove(cell);
      cell = table.findOrMake(key);
    }
    return cell;
  }

  private Map<K, Versioned<V>> result(List<K> distinct, List<Cell<K, V>> sorted, AtomicRead read) {
    Map<K, Versioned<V>> states = new LinkedHashMap<>();
    for (int index = 0; index < sorted.size(); index++) {
      Versioned<V> state = Cell.stateIn(read.contents(index));
      if (state != null) {
        states.put(sorted.get(index).key, state);
      }
    }
    return mapOf(distinct, distinct.stream().map(states::get).toList());
  }

  private static <K, V> Map<K, Versioned<V>> mapOf(
      List<K> keys, List<? extends @Nullable Versioned<V>> states) {
    Map<K, Versioned<V>> map = new LinkedHashMap<>();
    for (int index = 0; index < states.size(); index++) {
      Versioned<V> state = states.get(index);
      if (state != null) {
        map.put(keys.get(index), state);
      }
    }
    return Collections.unmodifiableMap(map);
  }

  /** What one key was found to be. */
  private record Seen<V>(@Nullable Versioned<V> state, long floor) {
    @SuppressWarnings("ReferenceEquality") // CELL-2: the same object, not an equal one
    <K> boolean isStill(CellTable<K, V> table, K key) {
      Cell<K, V> cell = table.find(key);
      Versioned<V> now = cell == null ? null : cell.read();
      return now == state && (now != null || table.floor(key) == floor);
    }
  }
}
