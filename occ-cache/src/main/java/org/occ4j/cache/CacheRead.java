/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.stream.Stream;

/**
 * One read of one or several keys, in rounds: what may be served is served, what nobody is loading
 * is loaded in one call, and the loads of others are joined; until every key has its answer. A key
 * whose joined load may not be taken (COHERENCE-6), or was abandoned, goes into the next round.
 *
 * <p>Every read that may have to load goes this way, whether its caller's thread waits or a future
 * is returned.
 */
final class CacheRead<K, V> {
  /** After this many rounds a reader joins nobody and loads for itself alone. */
  private static final int MAXIMUM_JOINS = 4;

  private final ReadPath<K, V> reads;
  private final LoadCoordinator<K, V> loads;
  private final BulkTaggedLoader<K, V> loader;
  private final Set<K> pending;
  private final Map<K, ReadResult<V>> answers = new LinkedHashMap<>();
  private final long arrival;
  private int rounds;

  CacheRead(
      ReadPath<K, V> reads,
      LoadCoordinator<K, V> loads,
      Collection<K> keys,
      BulkTaggedLoader<K, V> loader) {
    this.reads = reads;
    this.loads = loads;
    this.loader = loader;
    this.pending = new LinkedHashSet<>(keys);
    this.arrival = reads.now();
    pending.forEach(key -> answers.put(key, ReadResult.fresh(null))); // the order asked for
  }

  /** The answers, in the order asked for; the calling thread loads and waits. */
  Map<K, ReadResult<V>> onThisThread() {
    while (!pending.isEmpty()) {
      Round<K, V> round = begin(true);
      if (!round.own().isEmpty()) {
        loads.lead(round.run(), round.own(), loader);
      }
      takeOwn(round);
      // Own loads have ended before others are waited for: rounds cannot wait for each other.
      round.joined().forEach(load -> takeJoined(load, loads.await(load)));
      rounds++;
    }
    return answers;
  }

  /** The same without a thread that waits; loaders run on the executor. */
  CompletableFuture<Map<K, ReadResult<V>>> on(Executor executor) {
    while (!pending.isEmpty()) {
      Round<K, V> round = begin(false);
      if (!round.own().isEmpty()) {
        loads.dispatch(round.run(), round.own(), loader);
      }
      if (!round.isServed()) {
        return CompletableFuture.allOf(round.outcomes())
            .thenComposeAsync(ended -> take(round).on(executor), executor);
      }
      rounds++;
    }
    return CompletableFuture.completedFuture(answers);
  }

  private CacheRead<K, V> take(Round<K, V> round) {
    takeOwn(round);
    round.joined().forEach(load -> takeJoined(load, load.outcome().join()));
    rounds++;
    return this;
  }

  /** What one round does not serve: loads of its own, led in one call, and joined ones. */
  private record Round<K, V>(
      LoadRun run, List<InFlightLoad<K, V>> own, List<InFlightLoad<K, V>> joined) {
    boolean isServed() {
      return own.isEmpty() && joined.isEmpty();
    }

    CompletableFuture<?>[] outcomes() {
      return Stream.concat(own.stream(), joined.stream())
          .map(InFlightLoad::outcome)
          .toArray(CompletableFuture<?>[]::new);
    }
  }

  private Round<K, V> begin(boolean blocking) {
    Round<K, V> round = new Round<>(run(!blocking), new ArrayList<>(), new ArrayList<>());
    try {
      serveOrRegister(blocking, round);
      return round;
    } catch (RuntimeException | Error e) {
      round.own().forEach(loads::abandon);
      throw e;
    }
  }

  private LoadRun run(boolean background) {
    List<K> keys = List.copyOf(pending);
    return new LoadRun(keys.size() == 1 ? keys.get(0) : keys, background);
  }

  private void serveOrRegister(boolean blocking, Round<K, V> round) {
    List<InFlightLoad<K, V>> refreshes = new ArrayList<>();
    LoadRun refreshRun = run(true);
    try {
      for (K key : List.copyOf(pending)) {
        CacheLookup<V> found = reads.lookUp(key, rounds == 0);
        if (found.mayServe()) {
          refresh(key, found, refreshRun, refreshes);
          take(key, reads.answer(key, found));
        } else if (joinsNobody() || reads.isBypassed()) {
          round.own().add(new InFlightLoad<>(key, round.run(), found.replaceable()));
        } else {
          register(key, found, blocking, round);
        }
      }
    } finally {
      if (!refreshes.isEmpty()) {
        loads.dispatch(refreshRun, refreshes, loader);
      }
    }
  }

  private void refresh(
      K key, CacheLookup<V> found, LoadRun run, List<InFlightLoad<K, V>> refreshes) {
    if (found.isRefreshDue()) {
      InFlightLoad<K, V> refresh =
          reads.registerRefresh(key, Objects.requireNonNull(found.found()), run);
      if (refresh != null) {
        refreshes.add(refresh);
      }
    }
  }

  private void register(K key, CacheLookup<V> found, boolean blocking, Round<K, V> round) {
    InFlightLoad<K, V> load = new InFlightLoad<>(key, round.run(), found.replaceable());
    InFlightLoad<K, V> other = blocking ? loads.registerAhead(load) : loads.register(load);
    if (other != null) {
      round.joined().add(other);
    } else if (reads.hasArrived(key, found)) {
      loads.abandon(load);
    } else {
      round.own().add(load);
    }
  }

  private boolean joinsNobody() {
    return rounds >= MAXIMUM_JOINS;
  }

  private void takeOwn(Round<K, V> round) {
    for (InFlightLoad<K, V> load : round.own()) {
      LoadOutcome<V> outcome = load.outcome().join();
      if (joinsNobody() || !(outcome instanceof LoadOutcome.Abandoned)) {
        take(load.key(), reads.settle(load, outcome));
      }
    }
  }

  private void takeJoined(InFlightLoad<K, V> load, LoadOutcome<V> outcome) {
    if (reads.mayTake(arrival, outcome)) {
      take(load.key(), reads.settle(load, outcome));
    }
  }

  private void take(K key, ReadResult<V> answer) {
    pending.remove(key);
    answers.put(key, answer);
  }
}
