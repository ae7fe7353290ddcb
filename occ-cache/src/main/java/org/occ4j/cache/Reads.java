/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.occ4j.Tag;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everything about a read that is off the fast path: what may be served, whose load may be joined,
 * and what to do with how it ended. The invariants are those of {@link Coherence}.
 */
final class Reads<K, V> {
  /** After this many flights that it might not take, a reader loads for itself alone. */
  static final int MAXIMUM_JOINS = 4;

  private static final Logger log = LoggerFactory.getLogger(Reads.class);

  private final CacheSettings<K, V> settings;
  private final Coherence coherence;
  private final Counters counters;
  private final Entries<K, V> entries;
  private final Loads<K, V> loads;
  private final BooleanSupplier closed;

  Reads(
      CacheSettings<K, V> settings,
      Coherence coherence,
      Counters counters,
      Entries<K, V> entries,
      Loads<K, V> loads,
      BooleanSupplier closed) {
    this.settings = settings;
    this.coherence = coherence;
    this.counters = counters;
    this.entries = entries;
    this.loads = loads;
    this.closed = closed;
  }

  /** Serves what may be served, else joins the flight of the key or leads one. */
  ReadResult<V> getOrLoad(K key, BulkTaggedLoader<K, V> loader) {
    long arrival = coherence.now();
    for (int joins = 0; ; joins++) {
      Look<V> look = look(key, joins == 0);
      if (look.mayServe()) {
        return serve(key, look, loader);
      }
      boolean alone = joins >= MAXIMUM_JOINS;
      LoadRun run = new LoadRun(key, false);
      Flight<K, V> flight = new Flight<>(key, run, look.replaceable());
      Flight<K, V> other = alone ? null : loads.boardAhead(flight);
      if (other != null) {
        Landing<V> landing = loads.await(other);
        if (mayTake(arrival, landing)) {
          return settle(other, landing);
        }
      } else if (!alone && hasArrived(key, look)) {
        loads.abandon(flight);
      } else {
        loads.lead(run, List.of(flight), loader);
        Landing<V> landing = flight.landing().join();
        if (alone || !(landing instanceof Landing.Abandoned)) {
          return settle(flight, landing);
        }
      }
    }
  }

  /** Loads for this reader alone: nothing is served from memory and no other's flight is joined. */
  ReadResult<V> loadAlone(K key, BulkTaggedLoader<K, V> loader) {
    requireOpen();
    entries.requireContact(settings.ticker().nanos());
    counters.missesBypassed.increment();
    LoadRun run = new LoadRun(key, false);
    Flight<K, V> flight = new Flight<>(key, run, null);
    loads.lead(run, List.of(flight), loader);
    return settle(flight, flight.landing().join());
  }

  /**
   * Reads for a transaction with invalidations of its own: serves what is fresh and not under them,
   * else loads alone and keeps nothing.
   */
  ReadResult<V> getWithin(K key, Set<Tag> pending, boolean mayHit, BulkTaggedLoader<K, V> loader) {
    if (mayHit) {
      Look<V> look = look(key, false);
      if (look.isHit() && !Objects.requireNonNull(look.found()).isUnder(pending)) {
        return answer(key, look);
      }
    }
    return loadAlone(
        key,
        (keys, context) -> {
          // What the transaction wrote may be rolled back; nobody else may see it.
          context.of(key).doNotCache();
          return loader.loadAll(keys, context);
        });
  }

  /** Serves a fresh value, and nothing else. */
  @Nullable V getIfFresh(K key) {
    Look<V> look = look(key, true);
    if (look.isHit()) {
      return answer(key, look).value();
    }
    note(look.mayServe(), counters.missesExpired); // a miss here, where get would have served it
    return null;
  }

  /** Notes a hit. */
  @Nullable V hit(K key, Entry<V> entry, long now) {
    entries.served(key, entry, now);
    if (settings.recordStats()) {
      counters.hits.increment();
    }
    return entry.value();
  }

  /** Finds out how a key can be read now; notes the reason of a miss when it is asked first. */
  Look<V> look(K key, boolean first) {
    requireOpen();
    long now = settings.ticker().nanos();
    Entry<V> entry = entries.find(key);
    if (entry == null) {
      entries.requireContact(now);
      note(first, counters.missesAbsent);
      return Look.miss(null, null);
    }
    return switch (entries.assess(entry, now)) {
      case FRESH -> Look.hit(entry, false);
      case DUE -> Look.hit(entry, true);
      case STALE -> lookAtStale(entry, now, first);
      case VOID -> lookAtVoid(key, entry, now, first);
      case OUT_OF_CONTACT -> {
        note(first, counters.missesOutOfContact);
        yield Look.miss(entry, null);
      }
    };
  }

  private Look<V> lookAtStale(Entry<V> entry, long now, boolean first) {
    boolean pausing = entry.isBackingOff(now);
    if (entries.mayServeWhileRevalidating(entry, now)
        || (pausing && entries.mayBridgeFailure(entry, now))) {
      return Look.stale(entry, !pausing);
    }
    note(first, counters.missesExpired);
    return Look.miss(entry, entry);
  }

  private Look<V> lookAtVoid(K key, Entry<V> entry, long now, boolean first) {
    boolean bridge = entries.mayBridgeFailure(entry, now);
    if (bridge && entry.isBackingOff(now)) {
      return Look.stale(entry, false);
    }
    note(first, counters.missesInvalidated);
    if (!bridge) {
      entries.remove(key, entry);
    }
    return Look.miss(entry, bridge ? entry : null);
  }

  private static void note(boolean first, LongAdder reason) {
    if (first) {
      reason.increment();
    }
  }

  /** Answers with what was found, and has it loaded again where that is due. */
  ReadResult<V> serve(K key, Look<V> look, BulkTaggedLoader<K, V> loader) {
    Entry<V> entry = Objects.requireNonNull(look.found());
    if (look.isRefreshDue()) {
      LoadRun run = new LoadRun(key, true);
      Flight<K, V> flight = boardRefresh(key, entry, run);
      if (flight != null) {
        loads.dispatch(run, List.of(flight), loader);
      }
    }
    return answer(key, look);
  }

  /** Answers with what was found. */
  ReadResult<V> answer(K key, Look<V> look) {
    Entry<V> entry = Objects.requireNonNull(look.found());
    long now = settings.ticker().nanos();
    if (look.isHit() && entries.isInContact(now)) {
      return ReadResult.fresh(hit(key, entry, now));
    }
    counters.staleServed.increment();
    entries.tell(key, entry, now);
    return ReadResult.stale(entry.value());
  }

  /** Registers the one refresh of an entry; null if another is under way or has been. */
  @Nullable Flight<K, V> boardRefresh(K key, Entry<V> entry, LoadRun run) {
    Flight<K, V> flight = new Flight<>(key, run, entry);
    if (loads.board(flight) != null) {
      return null;
    }
    if (entries.find(key) != entry) {
      loads.abandon(flight);
      return null;
    }
    var unused = flight.landing().thenAccept(landing -> logFailure(key, landing));
    return flight;
  }

  private void logFailure(K key, Landing<V> landing) {
    if (landing instanceof Landing.Failed<V> failed) {
      log.warn("Cache {} could not refresh {}", settings.name(), key, failed.cause());
    }
  }

  /** Whether a fresh entry came between the look and the boarding; without this it loads twice. */
  boolean hasArrived(K key, Look<V> look) {
    Entry<V> entry = entries.find(key);
    if (entry == null || entry == look.found()) {
      return false;
    }
    Entries.Freshness freshness = entries.assess(entry, settings.ticker().nanos());
    return freshness == Entries.Freshness.FRESH || freshness == Entries.Freshness.DUE;
  }

  /** Whether one who asked at {@code arrival} may have what another's flight brought. */
  boolean mayTake(long arrival, Landing<V> landing) {
    if (landing instanceof Landing.Loaded<V> loaded) {
      boolean may = coherence.mayTake(arrival, loaded.start(), loaded.lastInvalidated());
      (may ? counters.joined : counters.rejoined).increment();
      return may;
    }
    return landing instanceof Landing.Failed;
  }

  /** The value that a flight brought; where it failed, the old one or the failure. */
  ReadResult<V> settle(Flight<K, V> flight, Landing<V> landing) {
    if (landing instanceof Landing.Loaded<V> loaded) {
      return ReadResult.fresh(loaded.value());
    }
    Entry<V> old = flight.replaced();
    entries.discardIfOutOfReach(flight.key(), old);
    if (old != null && entries.mayBridgeFailure(old, settings.ticker().nanos())) {
      counters.staleServed.increment();
      return ReadResult.stale(old.value());
    }
    throw failure(flight.key(), landing);
  }

  private RuntimeException failure(K key, Landing<V> landing) {
    Throwable cause = landing instanceof Landing.Failed<V> failed ? failed.cause() : null;
    if (cause instanceof Error error) {
      throw error;
    }
    return cause instanceof RuntimeException unchecked
        ? unchecked
        : new CacheLoadException("could not load " + key + " into " + settings.name(), cause);
  }

  long now() {
    return coherence.now();
  }

  void requireOpen() {
    if (closed.getAsBoolean()) {
      throw new IllegalStateException("cache " + settings.name() + " is closed");
    }
  }

  static <K, V> BulkTaggedLoader<K, V> single(K key, TaggedLoader<? super K, V> loader) {
    return (keys, context) -> {
      V value = loader.load(key, context.of(key));
      return value == null ? Map.of() : Map.of(key, value);
    };
  }
}
