/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Policy;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.occ4j.StoreUnavailableException;

/**
 * The bounded map of entries, and the rules by which one may be kept and served. Caffeine bounds it
 * and chooses what to evict; time, tags and contact are looked at here, with one reading of the
 * ticker for each hit.
 */
final class EntryTable<K, V> {
  /** How an entry may be served. */
  enum Freshness {
    /** As it is. */
    FRESH,
    /** As it is, and it is time to load it again. */
    DUE,
    /** Past its time, or marked; only where a grace allows it. */
    STALE,
    /** Hard-invalidated. */
    VOID,
    /** Perhaps invalidated; contact to the feed is lost. */
    OUT_OF_CONTACT
  }

  /** What came of an attempt to keep a value. */
  static final class Admission {
    private final TagNode[] nodes;
    private final long lastInvalidated;

    Admission(TagNode[] nodes, long lastInvalidated) {
      this.nodes = nodes;
      this.lastInvalidated = lastInvalidated;
    }

    /** The nodes of its tags. */
    TagNode[] nodes() {
      return nodes;
    }

    /** What the protocol said at that moment. */
    long lastInvalidated() {
      return lastInvalidated;
    }
  }

  /** The pause after the first failed attempt to replace an entry, and how often it doubles. */
  private static final long FIRST_PAUSE_NANOS = 1_000_000_000L;

  private static final int MAXIMUM_DOUBLINGS = 6;

  /** The room that is reckoned with where entries are weighed. */
  private static final long UNKNOWN_ROOM = 250;

  private final CacheSettings<K, V> settings;
  private final Coherence coherence;
  private final FeedLiveness liveness;
  private final Counters counters;
  private final Removals<K, V> removals;
  private final Cache<K, Entry<V>> cache;
  private final Policy<K, Entry<V>> quietly;
  private final ReadSampler sampler;

  EntryTable(
      CacheSettings<K, V> settings,
      Coherence coherence,
      FeedLiveness liveness,
      Counters counters,
      Removals<K, V> removals) {
    this.settings = settings;
    this.coherence = coherence;
    this.liveness = liveness;
    this.counters = counters;
    this.removals = removals;
    this.cache = newCache(settings, removals);
    this.quietly = cache.policy();
    this.sampler = new ReadSampler(settings.isWeighted() ? UNKNOWN_ROOM : settings.maximumSize);
  }

  private static <K, V> Cache<K, Entry<V>> newCache(
      CacheSettings<K, V> settings, Removals<K, V> removals) {
    // Caffeine keeps its books on the thread that fills a buffer: to wake another one costs more
    // than the work, and the two would pass the entries' cache lines to and fro.
    Caffeine<K, Entry<V>> bounds =
        Caffeine.newBuilder()
            .executor(Runnable::run)
            .<K, Entry<V>>evictionListener((key, entry, cause) -> removals.evicted(key, entry));
    if (!settings.isWeighted()) {
      return bounds.maximumSize(settings.maximumSize).build();
    }
    // The user's weigher was asked before; Caffeine would call it within its compute.
    return bounds
        .maximumWeight(settings.maximumWeight)
        .weigher((K key, Entry<V> entry) -> entry.weight())
        .build();
  }

  /** The entry of a key. To look is no read yet: {@link #served} is. */
  @Nullable Entry<V> find(K key) {
    return quietly.getIfPresentQuietly(key);
  }

  /**
   * The common case of a hit: a handful of compares if nothing was invalidated that may concern the
   * entry, and a look at its nodes otherwise, without the long way round.
   */
  boolean isPlainHit(Entry<V> entry, long now) {
    return now - entry.dueAt() < 0
        && liveness.holds(now)
        && !isIdle(entry, now)
        && coherence.validity(entry) == Coherence.Validity.CURRENT;
  }

  /**
   * How this entry may be served.
   *
   * @throws StoreUnavailableException if contact is lost and the policy is to fail
   */
  Freshness assess(Entry<V> entry, long now) {
    if (!liveness.holds(now) && liveness.policy() != StalenessPolicy.SERVE_STALE) {
      requireContact(now);
      return Freshness.OUT_OF_CONTACT;
    }
    Coherence.Validity validity = coherence.validity(entry);
    if (validity == Coherence.Validity.VOID) {
      return Freshness.VOID;
    }
    if (validity == Coherence.Validity.STALE
        || now - entry.expiresAt() >= 0
        || isIdle(entry, now)) {
      return Freshness.STALE;
    }
    return now - entry.dueAt() >= 0 && !entry.isBackingOff(now) ? Freshness.DUE : Freshness.FRESH;
  }

  /**
   * Does nothing unless the policy is to fail.
   *
   * @throws StoreUnavailableException if contact is lost and the policy is to fail
   */
  void requireContact(long now) {
    if (liveness.policy() == StalenessPolicy.FAIL && !liveness.holds(now)) {
      throw new StoreUnavailableException(
          "cache " + settings.name + " has lost contact to its change feed", null);
    }
  }

  boolean isInContact(long now) {
    return liveness.holds(now);
  }

  /** Whether every read has to load for itself, because contact is lost. */
  boolean isBypassed(long now) {
    return liveness.policy() == StalenessPolicy.BYPASS && !liveness.holds(now);
  }

  private boolean isIdle(Entry<V> entry, long now) {
    return settings.expireAfterAccess > 0 && now - entry.lastRead() >= settings.expireAfterAccess;
  }

  /** Notes that an entry was served as fresh. */
  void served(K key, Entry<V> entry, long now) {
    if (settings.expireAfterAccess > 0) {
      entry.lastRead(now);
    }
    reportRead(key, entry, now);
  }

  /** Has Caffeine hear of a read, if it is to. */
  void reportRead(K key, Entry<V> entry, long now) {
    if (sampler.samples(entry, now)) {
      var unused = cache.getIfPresent(key);
      removals.notifyEvicted();
    }
  }

  /** Whether a stale entry may be served while it is loaded again. */
  boolean mayServeWhileRevalidating(Entry<V> entry, long now) {
    return now - staleSince(entry) < settings.staleWhileRevalidate;
  }

  /** Whether an entry may be served because its load failed. */
  boolean mayBridgeFailure(@Nullable Entry<V> entry, long now) {
    if (entry == null || settings.staleIfError == 0) {
      return false;
    }
    return coherence.validity(entry) != Coherence.Validity.VOID
        && now - staleSince(entry) < settings.staleIfError;
  }

  /**
   * Makes void what a load is to replace if its key was invalidated after it had left the map.
   *
   * <p>COHERENCE-4, for those who still hold such an entry: the invalidator of a key reaches what
   * is in the map, and nothing comes back there. So they look at the key's slot before they serve
   * or offer it.
   */
  void discardIfOutOfReach(K key, @Nullable Entry<V> replaced) {
    if (replaced != null
        && find(key) != replaced
        && coherence.isKeyInvalidatedSince(key, replaced.stamp())) {
      replaced.discard();
    }
  }

  private long staleSince(Entry<V> entry) {
    long since = entry.expiresAt();
    if (settings.expireAfterAccess > 0) {
      since = earlier(since, entry.lastRead() + settings.expireAfterAccess);
    }
    Long marked = coherence.markedNanos(entry);
    return marked == null ? since : earlier(since, entry.staleSince(marked));
  }

  private static long earlier(long left, long right) {
    return left - right < 0 ? left : right;
  }

  /** The next attempt to replace this entry waits a little. */
  void loadFailed(@Nullable Entry<V> entry) {
    if (entry != null) {
      entry.loadFailed(settings.ticker.nanos(), FIRST_PAUSE_NANOS, MAXIMUM_DOUBLINGS);
    }
  }

  /** Keeps what a load found, if it wants that and nothing was invalidated since it began. */
  Admission keep(K key, @Nullable V value, LoadRecord<V> load) {
    TagNode[] nodes = coherence.register(load.tags());
    long timeToLive = load.timeToLive() > 0 ? load.timeToLive() : timeToLive(value);
    if (!load.isCacheable() || timeToLive == 0) {
      return new Admission(nodes, coherence.lastInvalidated(key, nodes));
    }
    return new Admission(nodes, admit(key, entry(key, value, nodes, load.source(), timeToLive)));
  }

  private Entry<V> entry(
      K key, @Nullable V value, TagNode[] nodes, ReadPoint source, long timeToLive) {
    long now = settings.ticker.nanos();
    long loadedAt = source.nanos();
    long expiresAt = loadedAt + timeToLive;
    boolean refreshed = value != null && settings.refreshAfterWrite > 0;
    return new Entry<>(
        value,
        nodes,
        weight(key, value),
        coherence.stamp(source, settings.name),
        now,
        sampler.clock(now),
        expiresAt,
        refreshed ? loadedAt + settings.refreshAfterWrite : expiresAt);
  }

  private long timeToLive(@Nullable V value) {
    if (value == null) {
      return settings.negativeTimeToLive;
    }
    long spread = settings.maximumTimeToLive - settings.minimumTimeToLive;
    // Chance only shortens: the maximum is what was promised.
    return settings.maximumTimeToLive - ThreadLocalRandom.current().nextLong(spread + 1);
  }

  private int weight(K key, @Nullable V value) {
    if (value == null || settings.weigher == null) {
      return 1;
    }
    int weight = settings.weigher.applyAsInt(key, value);
    if (weight < 0) {
      throw new IllegalArgumentException("negative weight of key " + key + ": " + weight);
    }
    return weight;
  }

  /**
   * Puts an entry whose nodes are registered into the map, unless it was invalidated since.
   *
   * @return the version of the last invalidation that concerns it, read at that moment
   */
  private long admit(K key, Entry<V> entry) {
    long[] last = new long[1];
    Taken<V> replaced = new Taken<>();
    Entry<V> kept =
        cache
            .asMap()
            .compute(
                key,
                (same, old) -> {
                  // COHERENCE-4, for the key: its invalidator raises the slot and then needs this
                  // very
                  // lock to remove the entry; so either the version is seen here, or the entry is
                  // seen there.
                  last[0] = coherence.lastInvalidated(key, entry.nodes());
                  boolean keepOld = last[0] > entry.stamp() || isNewer(old, entry);
                  replaced.entry = keepOld ? null : old;
                  return keepOld ? old : entry;
                });
    if (kept == entry && replaced.entry == null) {
      sampler.admitted();
    }
    replaced.report(key, RemovalCause.REPLACED, removals);
    removals.notifyEvicted();
    if (last[0] > entry.stamp()) {
      counters.refusals.increment();
      if (coherence.isRefusedForOthers(key, entry.nodes(), entry.stamp())) {
        counters.refusalsForOthers.increment();
      }
    }
    return last[0];
  }

  /** Carries an entry out of the map's compute, for the listener must not be called within. */
  private static final class Taken<V> {
    private @Nullable Entry<V> entry;

    <K> void report(K key, RemovalCause cause, Removals<K, V> removals) {
      if (entry != null) {
        removals.removed(key, entry, cause);
      }
    }
  }

  /** A value from an older read never replaces one from a newer read that is still good. */
  private boolean isNewer(@Nullable Entry<V> old, Entry<V> entry) {
    return old != null
        && old.stamp() > entry.stamp()
        && coherence.validity(old) == Coherence.Validity.CURRENT;
  }

  /** Makes void and removes the entry of a key, under the map's lock for it. */
  void discard(K key) {
    Taken<V> removed = new Taken<>();
    cache
        .asMap()
        .compute(
            key,
            (same, old) -> {
              if (old != null) {
                old.discard();
              }
              removed.entry = old;
              return null;
            });
    removed.report(key, RemovalCause.INVALIDATED, removals);
    removals.notifyEvicted();
  }

  /** Removes an entry that can never be served again, if it is still there. */
  void remove(K key, Entry<V> entry) {
    if (cache.asMap().remove(key, entry)) {
      boolean isVoid = coherence.check(entry) == Coherence.Validity.VOID;
      removals.removed(key, entry, isVoid ? RemovalCause.INVALIDATED : RemovalCause.EXPIRED);
    }
    removals.notifyEvicted();
  }

  /** Whether an entry can never be served again. */
  boolean isSpent(Entry<V> entry, long now) {
    // Checked without a note in the entry: a sweep must not write what others are reading.
    if (coherence.check(entry) == Coherence.Validity.VOID) {
      return true;
    }
    long grace = Math.max(settings.staleWhileRevalidate, settings.staleIfError);
    return now - staleSince(entry) >= grace;
  }

  Iterator<Map.Entry<K, Entry<V>>> iterator() {
    return cache.asMap().entrySet().iterator();
  }

  long estimatedSize() {
    return cache.estimatedSize();
  }

  void cleanUp() {
    cache.cleanUp();
    removals.notifyEvicted();
  }

  /** Drops everything, for the cache is being closed. */
  void clear() {
    cache
        .asMap()
        .forEach(
            (key, entry) -> {
              if (cache.asMap().remove(key, entry)) {
                removals.removed(key, entry, RemovalCause.CLOSED);
              }
            });
  }
}
