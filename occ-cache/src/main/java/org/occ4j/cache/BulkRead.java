/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One {@code getAll}: some keys served, some loaded in one call, some waited for. */
final class BulkRead<K, V> {
  private final Reads<K, V> reads;
  private final Loads<K, V> loads;
  private final BulkTaggedLoader<K, V> loader;
  private final Set<K> wanted = new LinkedHashSet<>();
  private final Set<K> pending;
  private final Map<K, V> found = new HashMap<>();
  private final long arrival;

  BulkRead(
      Reads<K, V> reads,
      Loads<K, V> loads,
      Iterable<? extends K> keys,
      BulkTaggedLoader<K, V> loader) {
    this.reads = reads;
    this.loads = loads;
    this.loader = loader;
    keys.forEach(key -> wanted.add(Objects.requireNonNull(key, "key")));
    this.pending = new LinkedHashSet<>(wanted);
    this.arrival = reads.now();
  }

  /** What was found, in the order asked for. */
  Map<K, V> read() {
    for (int joins = 0; !pending.isEmpty(); joins++) {
      readRound(joins);
    }
    Map<K, V> ordered = new LinkedHashMap<>();
    for (K key : wanted) {
      V value = found.get(key);
      if (value != null) {
        ordered.put(key, value);
      }
    }
    return Collections.unmodifiableMap(ordered);
  }

  /**
   * Serves what may be served, loads in one call what nobody is loading, then waits for the others.
   * Own flights land before anything is waited for, so rounds cannot wait for each other.
   */
  private void readRound(int joins) {
    List<Flight<K, V>> own = new ArrayList<>();
    List<Flight<K, V>> others = new ArrayList<>();
    LoadRun run = loads.newRun(List.copyOf(pending));
    try {
      boardRound(joins, run, own, others);
    } catch (RuntimeException | Error e) {
      own.forEach(loads::abandon);
      throw e;
    }
    if (!own.isEmpty()) {
      loads.lead(run, own, loader);
    }
    for (Flight<K, V> flight : own) {
      Landing<V> landing = flight.landing().join();
      if (joins >= Reads.MAXIMUM_JOINS || !(landing instanceof Landing.Abandoned)) {
        collect(flight.key(), reads.settle(flight, landing).value());
      }
    }
    for (Flight<K, V> flight : others) {
      Landing<V> landing = loads.await(flight);
      if (reads.mayTake(arrival, landing)) {
        collect(flight.key(), reads.settle(flight, landing).value());
      }
    }
  }

  private void boardRound(
      int joins, LoadRun run, List<Flight<K, V>> own, List<Flight<K, V>> others) {
    LoadRun refreshRun = loads.newBackgroundRun(List.copyOf(pending));
    List<Flight<K, V>> refreshes = new ArrayList<>();
    try {
      for (K key : List.copyOf(pending)) {
        Look<V> look = reads.look(key, joins == 0);
        if (look.mayServe()) {
          boardRefresh(key, look, refreshRun, refreshes);
          collect(key, reads.answer(key, look).value());
        } else {
          board(key, look, joins >= Reads.MAXIMUM_JOINS, run, own, others);
        }
      }
    } finally {
      if (!refreshes.isEmpty()) {
        loads.dispatch(refreshRun, refreshes, loader);
      }
    }
  }

  private void boardRefresh(K key, Look<V> look, LoadRun refreshRun, List<Flight<K, V>> refreshes) {
    if (look.isRefreshDue()) {
      Flight<K, V> refresh =
          reads.boardRefresh(key, Objects.requireNonNull(look.found()), refreshRun);
      if (refresh != null) {
        refreshes.add(refresh);
      }
    }
  }

  private void board(
      K key,
      Look<V> look,
      boolean alone,
      LoadRun run,
      List<Flight<K, V>> own,
      List<Flight<K, V>> others) {
    Flight<K, V> flight = new Flight<>(key, run, look.replaceable());
    Flight<K, V> other = alone ? null : loads.board(flight);
    if (other != null) {
      others.add(other);
    } else if (!alone && reads.hasArrived(key, look)) {
      loads.abandon(flight);
    } else {
      own.add(flight);
    }
  }

  private void collect(K key, @Nullable V value) {
    pending.remove(key);
    if (value != null) {
      found.put(key, value);
    }
  }
}
