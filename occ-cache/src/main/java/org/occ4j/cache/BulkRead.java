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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.stream.Stream;
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
      Round<K, V> round = board(joins, true);
      if (!round.own().isEmpty()) {
        loads.lead(round.run(), round.own(), loader);
      }
      takeOwn(joins, round);
      // Own flights have landed before others are waited for: rounds cannot wait for each other.
      round.others().forEach(flight -> take(flight, loads.await(flight)));
    }
    return ordered();
  }

  /** The same without a thread that waits. */
  CompletableFuture<Map<K, V>> readAsync(Executor executor) {
    return readAsync(0, executor);
  }

  private CompletableFuture<Map<K, V>> readAsync(int joins, Executor executor) {
    if (pending.isEmpty()) {
      return CompletableFuture.completedFuture(ordered());
    }
    Round<K, V> round = board(joins, false);
    if (!round.own().isEmpty()) {
      loads.dispatch(round.run(), round.own(), loader);
    }
    return CompletableFuture.allOf(round.landings())
        .thenComposeAsync(
            landed -> {
              takeOwn(joins, round);
              round.others().forEach(flight -> take(flight, flight.landing().join()));
              return readAsync(joins + 1, executor);
            },
            executor);
  }

  private Map<K, V> ordered() {
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
   * What was not served from memory: loaded in one call where nobody is loading it, and else waited
   * for.
   */
  private record Round<K, V>(LoadRun run, List<Flight<K, V>> own, List<Flight<K, V>> others) {
    CompletableFuture<?>[] landings() {
      return Stream.concat(own.stream(), others.stream())
          .map(Flight::landing)
          .toArray(CompletableFuture<?>[]::new);
    }
  }

  /** Serves what may be served, and boards flights for the rest. */
  private Round<K, V> board(int joins, boolean blocking) {
    LoadRun run = new LoadRun(List.copyOf(pending), !blocking);
    Round<K, V> round = new Round<>(run, new ArrayList<>(), new ArrayList<>());
    try {
      boardRound(joins, blocking, round);
      return round;
    } catch (RuntimeException | Error e) {
      round.own().forEach(loads::abandon);
      throw e;
    }
  }

  private void boardRound(int joins, boolean blocking, Round<K, V> round) {
    LoadRun refreshRun = new LoadRun(List.copyOf(pending), true);
    List<Flight<K, V>> refreshes = new ArrayList<>();
    try {
      for (K key : List.copyOf(pending)) {
        Look<V> look = reads.look(key, joins == 0);
        if (look.mayServe()) {
          boardRefresh(key, look, refreshRun, refreshes);
          collect(key, reads.answer(key, look).value());
        } else if (joins >= Reads.MAXIMUM_JOINS) {
          round.own().add(new Flight<>(key, round.run(), look.replaceable()));
        } else {
          board(key, look, blocking, round);
        }
      }
    } finally {
      if (!refreshes.isEmpty()) {
        loads.dispatch(refreshRun, refreshes, loader);
      }
    }
  }

  private void board(K key, Look<V> look, boolean blocking, Round<K, V> round) {
    Flight<K, V> flight = new Flight<>(key, round.run(), look.replaceable());
    Flight<K, V> other = blocking ? loads.boardAhead(flight) : loads.board(flight);
    if (other != null) {
      round.others().add(other);
    } else if (reads.hasArrived(key, look)) {
      loads.abandon(flight);
    } else {
      round.own().add(flight);
    }
  }

  private void takeOwn(int joins, Round<K, V> round) {
    for (Flight<K, V> flight : round.own()) {
      Landing<V> landing = flight.landing().join();
      if (joins >= Reads.MAXIMUM_JOINS || !(landing instanceof Landing.Abandoned)) {
        collect(flight.key(), reads.settle(flight, landing).value());
      }
    }
  }

  private void take(Flight<K, V> flight, Landing<V> landing) {
    if (reads.mayTake(arrival, landing)) {
      collect(flight.key(), reads.settle(flight, landing).value());
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

  private void collect(K key, @Nullable V value) {
    pending.remove(key);
    if (value != null) {
      found.put(key, value);
    }
  }
}
