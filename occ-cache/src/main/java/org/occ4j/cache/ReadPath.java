/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
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
 * and what follows from its outcome. The invariants are those of {@link Coherence}.
 */
final class ReadPath<K, V> {
  private static final Logger log = LoggerFactory.getLogger(ReadPath.class);

  private final CacheSettings<K, V> settings;
  private final Coherence coherence;
  private final Counters counters;
  private final EntryTable<K, V> entries;
  private final LoadCoordinator<K, V> loads;
  private final BooleanSupplier closed;

  ReadPath(
      CacheSettings<K, V> settings,
      Coherence coherence,
      Counters counters,
      EntryTable<K, V> entries,
      LoadCoordinator<K, V> loads,
      BooleanSupplier closed) {
    this.settings = settings;
    this.coherence = coherence;
    this.counters = counters;
    this.entries = entries;
    this.loads = loads;
    this.closed = closed;
  }

  /** Serves what may be served, else joins the load of the key or leads one. */
  ReadResult<V> getOrLoad(K key, TaggedLoader<? super K, V> loader) {
    return only(key, read(key, loader).onThisThread());
  }

  /** A read of one key, not begun yet. */
  CacheRead<K, V> read(K key, TaggedLoader<? super K, V> loader) {
    return new CacheRead<>(this, loads, Set.of(key), single(key, loader));
  }

  /** A read of several keys, not begun yet. */
  CacheRead<K, V> read(Iterable<? extends K> keys, BulkTaggedLoader<K, V> loader) {
    Set<K> wanted = new LinkedHashSet<>();
    keys.forEach(key -> wanted.add(Objects.requireNonNull(key, "key")));
    return new CacheRead<>(this, loads, wanted, loader);
  }

  /** Loads for this reader alone: nothing is served from memory and no other's load is joined. */
  ReadResult<V> loadAlone(K key, TaggedLoader<? super K, V> loader) {
    requireOpen();
    entries.requireContact(settings.ticker.nanos());
    counters.missesBypassed.increment();
    LoadRun run = new LoadRun(key, false);
    InFlightLoad<K, V> load = new InFlightLoad<>(key, run, null);
    loads.lead(run, List.of(load), single(key, loader));
    return settle(load, load.outcome().join());
  }

  /**
   * Reads for a transaction with invalidations of its own: serves what is fresh and not under them,
   * else loads alone and keeps nothing.
   */
  ReadResult<V> getWithin(
      K key, Set<Tag> pending, boolean mayHit, TaggedLoader<? super K, V> loader) {
    if (mayHit) {
      CacheLookup<V> found = lookUp(key, false);
      if (found.isHit() && !Objects.requireNonNull(found.found()).isUnder(pending)) {
        return answer(key, found);
      }
    }
    return loadAlone(
        key,
        (same, context) -> {
          // What the transaction wrote may be rolled back; nobody else may see it.
          context.doNotCache();
          return loader.load(same, context);
        });
  }

  /** Serves a fresh value, and nothing else. */
  @Nullable V getIfFresh(K key) {
    CacheLookup<V> found = lookUp(key, true);
    if (found.isHit()) {
      return answer(key, found).value();
    }
    note(found.mayServe(), counters.missesExpired); // a miss here, where get would have served it
    return null;
  }

  /** Notes a hit. */
  @Nullable V hit(K key, Entry<V> entry, long now) {
    entries.served(key, entry, now);
    if (settings.recordStats) {
      counters.hits.increment();
    }
    return entry.value();
  }

  /** Finds out how a key can be read now; notes the reason of a miss when it is asked first. */
  CacheLookup<V> lookUp(K key, boolean first) {
    requireOpen();
    long now = settings.ticker.nanos();
    Entry<V> entry = entries.find(key);
    if (entry == null) {
      entries.requireContact(now);
      note(first, counters.missesAbsent);
      return CacheLookup.miss(null, null);
    }
    return switch (entries.assess(entry, now)) {
      case FRESH -> CacheLookup.hit(entry, false);
      case DUE -> CacheLookup.hit(entry, true);
      case STALE -> lookUpStale(entry, now, first);
      case VOID -> lookUpVoid(key, entry, first);
      case OUT_OF_CONTACT -> {
        note(first, counters.missesOutOfContact);
        yield CacheLookup.miss(entry, null);
      }
    };
  }

  private CacheLookup<V> lookUpStale(Entry<V> entry, long now, boolean first) {
    boolean pausing = entry.isBackingOff(now);
    if (entries.mayServeWhileRevalidating(entry, now)
        || (pausing && entries.mayBridgeFailure(entry, now))) {
      return CacheLookup.stale(entry, !pausing);
    }
    note(first, counters.missesExpired);
    return CacheLookup.miss(entry, entry);
  }

  private CacheLookup<V> lookUpVoid(K key, Entry<V> entry, boolean first) {
    note(first, counters.missesInvalidated);
    entries.remove(key, entry);
    return CacheLookup.miss(entry, null);
  }

  private static void note(boolean first, LongAdder reason) {
    if (first) {
      reason.increment();
    }
  }

  /** Answers with what was found. */
  ReadResult<V> answer(K key, CacheLookup<V> found) {
    Entry<V> entry = Objects.requireNonNull(found.found());
    long now = settings.ticker.nanos();
    if (found.isHit() && entries.isInContact(now)) {
      return ReadResult.fresh(hit(key, entry, now));
    }
    counters.staleServed.increment();
    entries.reportRead(key, entry, now);
    return ReadResult.stale(entry.value());
  }

  /** Registers the one refresh of an entry; null if another is under way or has been. */
  @Nullable InFlightLoad<K, V> registerRefresh(K key, Entry<V> entry, LoadRun run) {
    InFlightLoad<K, V> load = new InFlightLoad<>(key, run, entry);
    if (loads.register(load) != null) {
      return null;
    }
    if (entries.find(key) != entry) {
      loads.abandon(load);
      return null;
    }
    var unused = load.outcome().thenAccept(outcome -> logFailure(key, outcome));
    return load;
  }

  private void logFailure(K key, LoadOutcome<V> outcome) {
    if (outcome instanceof LoadOutcome.Failed<V> failed) {
      log.warn("Cache {} could not refresh {}", settings.name, key, failed.cause());
    }
  }

  /**
   * Whether a fresh entry came between the look-up and the registration; without this it loads
   * twice.
   */
  boolean hasArrived(K key, CacheLookup<V> found) {
    Entry<V> entry = entries.find(key);
    if (entry == null || entry == found.found()) {
      return false;
    }
    EntryTable.Freshness freshness = entries.assess(entry, settings.ticker.nanos());
    return freshness == EntryTable.Freshness.FRESH || freshness == EntryTable.Freshness.DUE;
  }

  /** Whether a reader that asked at {@code arrival} may have what another reader's load brought. */
  boolean mayTake(long arrival, LoadOutcome<V> outcome) {
    if (outcome instanceof LoadOutcome.Loaded<V> loaded) {
      boolean may = coherence.mayTake(arrival, loaded.start(), loaded.lastInvalidated());
      (may ? counters.joined : counters.rejoined).increment();
      return may;
    }
    return outcome instanceof LoadOutcome.Failed;
  }

  /**
   * The value that a load brought; where it failed, the value that it was to replace, or the
   * failure.
   */
  ReadResult<V> settle(InFlightLoad<K, V> load, LoadOutcome<V> outcome) {
    if (outcome instanceof LoadOutcome.Loaded<V> loaded) {
      return ReadResult.fresh(loaded.value());
    }
    Entry<V> old = load.replaced();
    entries.discardIfOutOfReach(load.key(), old);
    if (old != null && entries.mayBridgeFailure(old, settings.ticker.nanos())) {
      counters.staleServed.increment();
      return ReadResult.stale(old.value());
    }
    throw failure(load.key(), outcome);
  }

  private RuntimeException failure(K key, LoadOutcome<V> outcome) {
    Throwable cause = outcome instanceof LoadOutcome.Failed<V> failed ? failed.cause() : null;
    if (cause instanceof Error error) {
      throw error;
    }
    return cause instanceof RuntimeException unchecked
        ? unchecked
        : new CacheLoadException("could not load " + key + " into " + settings.name, cause);
  }

  /**
   * Whether no load of before may be joined: what was replaced since it began may be unheard of.
   */
  boolean isBypassed() {
    return entries.isBypassed(settings.ticker.nanos());
  }

  long now() {
    return coherence.now();
  }

  void requireOpen() {
    if (closed.getAsBoolean()) {
      throw new IllegalStateException("cache " + settings.name + " is closed");
    }
  }

  /** The answer of a read of one key. */
  static <K, V> ReadResult<V> only(K key, Map<K, ReadResult<V>> answers) {
    return Objects.requireNonNull(answers.get(key));
  }

  /** The values that a read of several keys found. */
  static <K, V> Map<K, V> values(Map<K, ReadResult<V>> answers) {
    Map<K, V> values = new LinkedHashMap<>();
    answers.forEach(
        (key, answer) -> {
          V value = answer.value();
          if (value != null) {
            values.put(key, value);
          }
        });
    return Collections.unmodifiableMap(values);
  }

  private static <K, V> BulkTaggedLoader<K, V> single(K key, TaggedLoader<? super K, V> loader) {
    return (keys, context) -> {
      V value = loader.load(key, context.of(key));
      return value == null ? Map.of() : Map.of(key, value);
    };
  }
}
