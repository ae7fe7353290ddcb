/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import org.jspecify.annotations.Nullable;
import org.occ4j.Tag;
import org.occ4j.change.Change;
import org.occ4j.change.ChangeFeed;
import org.occ4j.change.ChangeToken;
import org.occ4j.change.Subscription;

/**
 * The cache: its parts put together, and the fast path. A hit is one look into the map, one reading
 * of the ticker and a handful of compares; what is not so simple is in {@link ReadPath}.
 */
final class InMemoryTaggedCache<K, V> implements TaggedCache<K, V> {
  /** How long a read waits for the feed before it loads instead. */
  private static final Duration POLL_PATIENCE = Duration.ofSeconds(1);

  private final CacheSettings<K, V> settings;
  private final Coherence coherence;
  private final Counters counters;
  private final Executor executor;
  private final @Nullable ExecutorService ownExecutor;
  private final Removals<K, V> removals;
  private final EntryTable<K, V> entries;
  private final LoadCoordinator<K, V> loads;
  private final ReadPath<K, V> reads;
  private final Sweeper<K, V> sweeper;
  private final Invalidations<K, V> invalidations;
  private volatile @Nullable Subscription subscription;
  private volatile boolean closed;

  private InMemoryTaggedCache(
      CacheSettings<K, V> settings, Coherence coherence, FeedLiveness liveness) {
    this.settings = settings;
    this.counters = new Counters(settings.recordStats);
    this.coherence = coherence;
    this.ownExecutor =
        settings.executor == null
            ? LoadThreads.newPool(settings.name, settings.maximumConcurrentLoads)
            : null;
    this.executor = Objects.requireNonNullElse(settings.executor, ownExecutor);
    this.removals = new Removals<>(settings, executor);
    this.entries = new EntryTable<>(settings, coherence, liveness, counters, removals);
    this.sweeper = new Sweeper<>(entries, settings.ticker, executor);
    this.loads = new LoadCoordinator<>(settings, coherence, entries, counters, sweeper, executor);
    this.reads = new ReadPath<>(settings, coherence, counters, entries, loads, () -> closed);
    this.invalidations = new Invalidations<>(settings, coherence, entries, liveness, counters);
  }

  static <K, V> InMemoryTaggedCache<K, V> open(
      CacheSettings<K, V> settings, Coherence coherence, FeedLiveness liveness) {
    InMemoryTaggedCache<K, V> cache = new InMemoryTaggedCache<>(settings, coherence, liveness);
    cache.follow();
    return cache;
  }

  private void follow() {
    ChangeFeed feed = settings.feed;
    if (feed != null) {
      subscription = feed.followDirectly(invalidations);
    }
  }

  @Override
  public String name() {
    return settings.name;
  }

  @Override
  public @Nullable V getIfPresent(K key) {
    // The clock first: where it is read, the processor waits until what came before has arrived.
    long now = settings.ticker.nanos();
    Entry<V> entry = entries.find(key);
    if (entry != null && entries.isPlainHit(entry, now)) {
      return reads.hit(key, entry, now);
    }
    return reads.getIfFresh(key);
  }

  @Override
  public @Nullable V get(K key, TaggedLoader<? super K, V> loader) {
    Objects.requireNonNull(loader, "loader");
    long now = settings.ticker.nanos();
    Entry<V> entry = entries.find(key);
    if (entry != null && entries.isPlainHit(entry, now)) {
      return reads.hit(key, entry, now);
    }
    return reads.getOrLoad(key, loader).value();
  }

  @Override
  public @Nullable V get(K key, ReadOptions options, TaggedLoader<? super K, V> loader) {
    return read(key, options, loader).value();
  }

  @Override
  public ReadResult<V> read(K key, ReadOptions options, TaggedLoader<? super K, V> loader) {
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(loader, "loader");
    if (!options.pending().isEmpty()) {
      return reads.getWithin(key, options.pending(), hasApplied(options), loader);
    }
    return hasApplied(options) ? reads.getOrLoad(key, loader) : reads.loadAlone(key, loader);
  }

  private boolean hasApplied(ReadOptions options) {
    ChangeToken token = options.atLeast();
    try {
      return token == null || invalidations.awaitApplied(token, POLL_PATIENCE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CacheLoadException("interrupted while waiting for the feed of " + name(), e);
    }
  }

  @Override
  public Map<K, V> getAll(Iterable<? extends K> keys, BulkTaggedLoader<K, V> loader) {
    Objects.requireNonNull(loader, "loader");
    return ReadPath.values(reads.read(keys, loader).onThisThread());
  }

  @Override
  public void put(K key, V value, Set<Tag> tags, ReadPoint since) {
    reads.requireOpen();
    Objects.requireNonNull(value, "value");
    LoadRecord<V> given = new LoadRecord<>(coherence, name(), since, null);
    tags.forEach(given::tag);
    entries.keep(key, value, given);
    sweeper.request();
  }

  @Override
  public ReadPoint readPoint() {
    return loads.readPoint();
  }

  @Override
  public ChangeToken invalidate(K key) {
    return invalidations.askKey(Objects.requireNonNull(key, "key"));
  }

  @Override
  public ChangeToken invalidateTags(Tag... tags) {
    return invalidations.askTags(Change.Kind.INVALIDATE, distinct(tags));
  }

  @Override
  public ChangeToken markStale(Tag... tags) {
    return invalidations.askTags(Change.Kind.MARK_STALE, distinct(tags));
  }

  private static Set<Tag> distinct(Tag... tags) {
    return tags.length == 1 ? Set.of(tags[0]) : new LinkedHashSet<>(List.of(tags));
  }

  @Override
  public ChangeToken invalidateAll() {
    return invalidations.askAll();
  }

  @Override
  public boolean awaitApplied(ChangeToken token, Duration timeout) throws InterruptedException {
    return invalidations.awaitApplied(token, timeout);
  }

  @Override
  public AsyncTaggedCache<K, V> async() {
    return new AsyncView<>(reads, executor);
  }

  @Override
  public TaggedCacheStats stats() {
    return counters.snapshot(removals.counts(), coherence.liveTags(), sweeper.deadAtLastSweep());
  }

  @Override
  public CacheHealth health() {
    return invalidations.health(closed);
  }

  @Override
  public long estimatedSize() {
    return entries.estimatedSize();
  }

  @Override
  public void cleanUp() {
    sweeper.sweepAll();
    entries.cleanUp();
  }

  @Override
  public void close() {
    closed = true;
    Subscription following = subscription;
    if (following != null) {
      following.close();
    }
    coherence.close();
    entries.clear();
    if (ownExecutor != null) {
      ownExecutor.shutdown();
    }
  }
}
