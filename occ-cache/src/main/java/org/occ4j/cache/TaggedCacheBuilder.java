/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.function.ToIntBiFunction;
import org.jspecify.annotations.Nullable;
import org.occ4j.KeyCodec;
import org.occ4j.Ticker;
import org.occ4j.change.ChangeFeed;

/**
 * The settings that all tagged caches share. A builder is used by one thread and may build several
 * caches. Each setting refuses a value out of its range with {@link IllegalArgumentException}.
 *
 * <p>A time is over at the nanosecond at which it has passed: of exactly that age a value is due or
 * has expired, and a grace has ended.
 *
 * <p>Without any setting: at most 10,000 entries that live for 30 to 60 seconds; null is not
 * cached, nothing stale is served, loads are neither limited nor timed.
 *
 * @param <K> the keys
 * @param <V> the values
 * @param <B> the builder itself
 */
public abstract class TaggedCacheBuilder<K, V, B extends TaggedCacheBuilder<K, V, B>> {
  /** A century; the sum of two such times and a reading of the ticker still compares right. */
  private static final Duration FOR_EVER = Duration.ofDays(36_500);

  private final CacheSettings<K, V> settings;

  /** For the builders of this library. */
  protected TaggedCacheBuilder(String name) {
    if (name.isBlank()) {
      throw new IllegalArgumentException("the name of a cache must not be blank");
    }
    this.settings = new CacheSettings<>(name);
  }

  /** The same, for keys of this codec. */
  TaggedCacheBuilder(String name, KeyCodec<K> keyCodec) {
    this(name);
    settings.keyCodec = keyCodec;
  }

  /** This builder as what it is. */
  protected abstract B self();

  /** At most this many entries, 10,000 unless told otherwise; the least useful are evicted. */
  public B maximumSize(long entries) {
    settings.maximumSize = requirePositive(entries, "maximumSize");
    settings.weigher = null;
    return self();
  }

  /**
   * At most this much weight, instead of a number of entries.
   *
   * @param weigher the weight of an entry, from 0; asked once for each, by the thread that loaded
   */
  public B maximumWeight(long weight, ToIntBiFunction<? super K, ? super V> weigher) {
    settings.maximumWeight = requirePositive(weight, "maximumWeight");
    settings.weigher = Objects.requireNonNull(weigher, "weigher");
    return self();
  }

  /** Every value lives exactly this long from the beginning of its load. */
  public B expireAfterWrite(Duration timeToLive) {
    return expireAfterWrite(timeToLive, timeToLive);
  }

  /**
   * Every value lives for a random time within this window, from the beginning of its load, so that
   * what was loaded together does not expire together. {@code maximum} is the promise; chance only
   * shortens it. 30 to 60 seconds unless told otherwise.
   */
  public B expireAfterWrite(Duration minimum, Duration maximum) {
    long shortest = nanos(minimum, "minimum time to live");
    long longest = nanos(maximum, "maximum time to live");
    if (shortest > longest) {
      throw new IllegalArgumentException(
          "minimum time to live " + minimum + " is longer than the maximum " + maximum);
    }
    settings.minimumTimeToLive = shortest;
    settings.maximumTimeToLive = longest;
    return self();
  }

  /** A value that is not read for this long expires, also before its time to live is over. */
  public B expireAfterAccess(Duration idle) {
    settings.expireAfterAccess = nanos(idle, "expireAfterAccess");
    return self();
  }

  /**
   * A {@link TaggedCache#get} of a value of this age or older is answered at once and has it loaded
   * again in the background. Must be shorter than the shortest time to live.
   */
  public B refreshAfterWrite(Duration age) {
    settings.refreshAfterWrite = nanos(age, "refreshAfterWrite");
    return self();
  }

  /**
   * For this long after a value expired or was marked as stale, {@link TaggedCache#get} still
   * answers with it at once and has it loaded again in the background. Never after a hard
   * invalidation.
   */
  public B staleWhileRevalidate(Duration grace) {
    settings.staleWhileRevalidate = nanos(grace, "staleWhileRevalidate");
    return self();
  }

  /**
   * For this long after a value expired or was marked as stale, {@link TaggedCache#get} answers
   * with it if the load that should replace it fails; the next attempt waits a little, from one
   * second up to a minute. Never after a hard invalidation.
   */
  public B staleIfError(Duration grace) {
    settings.staleIfError = nanos(grace, "staleIfError");
    return self();
  }

  /** Remembers for this long that a loader found nothing. Off unless asked for. */
  public B negativeTtl(Duration timeToLive) {
    settings.negativeTimeToLive = nanos(timeToLive, "negativeTtl");
    return self();
  }

  /**
   * At most this many loads at a time; others wait for their turn. A load within a load, of
   * whichever cache, needs no turn of its own, and takes the place of one that waits for its turn.
   */
  public B maximumConcurrentLoads(int loads) {
    settings.maximumConcurrentLoads = (int) requirePositive(loads, "maximumConcurrentLoads");
    return self();
  }

  /**
   * A load that has not ended after this time, its wait for a turn included, fails for all who wait
   * for it; its thread is interrupted and its value is not kept. Loads then run on the executor,
   * except loads within a load, whose thread is that of the outer one.
   */
  public B loadTimeout(Duration timeout) {
    settings.loadTimeout = nanos(timeout, "loadTimeout");
    return self();
  }

  /**
   * Where loads in the background run; they may block. A load within a load runs on the thread of
   * the outer one and needs none of these, so even a single thread is enough. Unless told otherwise
   * the cache has a pool of its own, of as many daemon threads as concurrent loads are allowed, 16
   * where that is not limited.
   */
  public B executor(Executor executor) {
    settings.executor = Objects.requireNonNull(executor, "executor");
    return self();
  }

  /** The clock by which values age. */
  public B ticker(Ticker ticker) {
    settings.ticker = Objects.requireNonNull(ticker, "ticker");
    return self();
  }

  /** Counts hits as well; everything else is counted anyway, for it happens off the fast path. */
  public B recordStats() {
    settings.recordStats = true;
    return self();
  }

  /**
   * Says that loaders may give no tag, as where values are invalidated by their key, or may be as
   * old as their time to live. Without this the first value without a tag is warned of in the log,
   * once for each cache, for a forgotten tag is a value that no write reaches.
   */
  public B allowUntagged() {
    settings.allowsUntagged = true;
    return self();
  }

  /** How keys are named in the feed, so that {@link TaggedCache#invalidate} reaches others. */
  public B keyCodec(KeyCodec<K> keyCodec) {
    settings.keyCodec = Objects.requireNonNull(keyCodec, "keyCodec");
    return self();
  }

  /** Is told about values that leave; on the executor, after the fact. */
  public B removalListener(RemovalListener<? super K, ? super V> listener) {
    settings.removalListener = Objects.requireNonNull(listener, "listener");
    return self();
  }

  /** Whether keys can be named in the feed. */
  protected final boolean hasKeyCodec() {
    return settings.keyCodec != null;
  }

  /** A cache that follows {@code feed}, or none, without watching how it fares. */
  final TaggedCache<K, V> buildFollowing(@Nullable ChangeFeed feed) {
    return InMemoryTaggedCache.open(settings(feed), new Coherence(), FeedLiveness.UNWATCHED);
  }

  /** A cache alone, over a protocol given by a test. */
  final TaggedCache<K, V> buildOver(Coherence coherence) {
    return InMemoryTaggedCache.open(settings(null), coherence, FeedLiveness.UNWATCHED);
  }

  /**
   * A cache that follows {@code feed} and counts on hearing from it.
   *
   * @param feed one that reports {@code caughtUp} by the ticker that this builder was given
   * @param maximumStaleness from how long a silence on {@code policy} applies
   */
  protected final TaggedCache<K, V> buildWatching(
      ChangeFeed feed, Duration maximumStaleness, StalenessPolicy policy) {
    return InMemoryTaggedCache.open(
        settings(feed), new Coherence(), liveness(maximumStaleness, policy));
  }

  final FeedLiveness liveness(Duration maximumStaleness, StalenessPolicy policy) {
    long silence = nanos(maximumStaleness, "maximumStaleness");
    return FeedLiveness.watched(silence, policy, settings.ticker.nanos());
  }

  /** These settings as they are now, checked as a whole. */
  final CacheSettings<K, V> settings(@Nullable ChangeFeed feed) {
    return settings.checked(feed);
  }

  static long requirePositive(long value, String what) {
    if (value <= 0) {
      throw new IllegalArgumentException(what + " must be positive: " + value);
    }
    return value;
  }

  /** A positive duration in nanoseconds, a century at most. */
  static long nanos(Duration duration, String what) {
    if (duration.isZero() || duration.isNegative()) {
      throw new IllegalArgumentException(what + " must be positive: " + duration);
    }
    return duration.compareTo(FOR_EVER) > 0 ? FOR_EVER.toNanos() : duration.toNanos();
  }
}
