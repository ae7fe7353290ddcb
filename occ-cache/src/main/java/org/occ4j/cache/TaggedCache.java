/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.occ4j.Tag;
import org.occ4j.change.ChangeLog;
import org.occ4j.change.ChangeToken;
import org.occ4j.store.VersionedStore;

/**
 * A bounded cache of loaded values, each under tags by which it can be invalidated together with
 * others.
 *
 * <p>It promises:
 *
 * <ul>
 *   <li><b>No stale value after an invalidation</b> (G5). Once {@link #invalidate}, {@link
 *       #invalidateTags} or {@link #invalidateAll} has returned, no read that begins afterwards
 *       returns, keeps or joins a value whose load began before the invalidation was asked for.
 *       That holds too for loads that are under way, for refreshes in the background, for {@link
 *       #put} and for {@link #getAll}.
 *   <li><b>One load per key at a time.</b> Readers of a key that is being loaded wait for that
 *       load, unless an invalidation forbids them its value.
 *   <li><b>Bounded memory.</b> Entries are bounded by number or weight; what is remembered about
 *       tags is proportional to the entries that carry them, however many tags there ever were.
 *   <li><b>Bounded age.</b> No value is served later than its time to live after its load began,
 *       unless {@code staleWhileRevalidate} or {@code staleIfError} was asked for.
 * </ul>
 *
 * <p>It does not promise that a value stays: it may be evicted, or loaded again without need when
 * an invalidation of another tag falls on the same hash during its load. It does not promise that a
 * load that read an old snapshot is noticed, unless the loader says so ({@link LoadContext#asOf}).
 *
 * <p>An entry falls under its tags and under all their {@linkplain Tag#ancestors() ancestors}.
 * Tags, keys and cache names are spaces of their own.
 *
 * <p>A loader runs on the calling thread, or on the cache's executor for refreshes, the {@link
 * #async} view and where a load time-out is set. No lock is held meanwhile; it may read other keys
 * of this cache and of others, whatever limits loads, but not its own: loads that would wait for
 * each other fail at once with {@link CacheLoadException}, which names the chain of keys.
 *
 * <p>Implementations are thread-safe. <b>Memory consistency effects:</b> what a thread did before
 * an invalidation happens-before every load that begins after the invalidation returned; what a
 * loader did happens-before the reads that return its value.
 *
 * @param <K> the keys; immutable, with {@code equals} and {@code hashCode}
 * @param <V> the values; immutable, for all readers get the same one
 */
public interface TaggedCache<K, V> extends AutoCloseable {

  /**
   * Begins to build a cache in this process.
   *
   * @param name names it in logs, threads, and as the source of its changes in a feed
   * @throws IllegalArgumentException if the name is blank
   */
  static <K, V> InMemoryCacheBuilder<K, V> builder(String name) {
    return new InMemoryCacheBuilder<>(name);
  }

  /**
   * Begins to build a cache over a store in memory, through which it is read. It saves little there
   * but in tests of what reads a cached store.
   *
   * @param changes the log that the store was given ({@code InMemoryStoreBuilder.changes})
   */
  static <K, V> InMemoryCachedStoreBuilder<K, V> of(VersionedStore<K, V> store, ChangeLog changes) {
    return new InMemoryCachedStoreBuilder<>(store, changes);
  }

  /** The name it was built with. */
  String name();

  /**
   * The value of {@code key} if a fresh one is here, else null. Never loads, never waits; values
   * that are marked as stale or past their time are not returned.
   *
   * @throws IllegalStateException if the cache is closed
   * @throws org.occ4j.StoreUnavailableException if contact to the feed is lost and the policy is
   *     {@link StalenessPolicy#FAIL}
   */
  @Nullable V getIfPresent(K key);

  /**
   * The value of {@code key}, loaded if there is no fresh one.
   *
   * <p>If another thread is loading the key, this one waits for its value instead, and an exception
   * of the loader reaches both. An interrupt ends the wait for another's load and harms nobody
   * else; the flag stays set.
   *
   * @return the value, or null if the loader found none
   * @throws CacheLoadException if the loader threw a checked exception (the cause), was too slow,
   *     or would wait for itself; or if this thread was interrupted while waiting
   * @throws RuntimeException what the loader threw, as it is; nothing is cached then
   * @throws IllegalStateException if the cache is closed
   * @throws org.occ4j.StoreUnavailableException if contact to the feed is lost and the policy is
   *     {@link StalenessPolicy#FAIL}
   */
  @Nullable V get(K key, TaggedLoader<? super K, V> loader);

  /**
   * As {@link #get(Object, TaggedLoader)}, with what {@code options} ask for. Where they forbid
   * what is in memory, this thread loads for itself alone.
   *
   * <p>{@link ReadOptions#atLeast} asks the feed whether it has come that far: over JDBC one poll,
   * which readers share, and at most a second; after that, and for a token of another feed, the
   * value is loaded. So it costs a round trip, and is meant for the read that follows a write.
   *
   * @return the value, or null if there is none
   */
  @Nullable V get(K key, ReadOptions options, TaggedLoader<? super K, V> loader);

  /**
   * As {@link #get(Object, ReadOptions, TaggedLoader)}, and says whether the value was stale. For
   * readers that show or decide differently when they were served by {@code staleWhileRevalidate},
   * {@code staleIfError} or {@link StalenessPolicy#SERVE_STALE}; {@link ReadOptions#none} asks for
   * nothing else. The other reads return such values without a word.
   *
   * @return the value, or that there is none, and whether it was fresh; never null
   */
  ReadResult<V> read(K key, ReadOptions options, TaggedLoader<? super K, V> loader);

  /**
   * The values of {@code keys}, those without a fresh one loaded together in one call. Keys that
   * others are loading are waited for after that call.
   *
   * @return what was found, in the order of {@code keys}, unmodifiable; absent keys are left out
   * @throws CacheLoadException as {@link #get} does; values loaded before stay cached
   * @throws IllegalStateException if the cache is closed
   */
  Map<K, V> getAll(Iterable<? extends K> keys, BulkTaggedLoader<K, V> loader);

  /**
   * Keeps a value that was not loaded here, unless one of its tags or its key was invalidated since
   * {@code since}; then nothing happens.
   *
   * @param since taken from {@link #readPoint} before the value, or the snapshot it comes from, was
   *     read
   * @throws IllegalArgumentException if {@code since} is of another cache
   * @throws IllegalStateException if the cache is closed
   */
  void put(K key, V value, Set<Tag> tags, ReadPoint since);

  /** This moment; take it before reading, at best before the transaction begins. */
  ReadPoint readPoint();

  /**
   * Makes void the value of {@code key}, and the load of it that is under way. Other caches of this
   * name hear of it if the builder was given a feed to write to and a {@code keyCodec}; without one
   * it reaches this cache only.
   *
   * @return the place of the invalidation
   * @throws IllegalStateException if the cache is shared by several nodes and has no {@code
   *     keyCodec}; nothing is void then
   * @throws org.occ4j.OccException if the change feed could not be written; void here all the same
   */
  ChangeToken invalidate(K key);

  /**
   * Makes void all values under these tags, and the loads under way that turn out to fall under
   * them. Its cost does not depend on how many values that are. Without tags nothing happens.
   *
   * <p>With a feed to write to, all its followers hear of it. Invalidate after the change is
   * committed, or let the pipeline or {@code JdbcTaggedCache} do it with the commit; before it only
   * is too early.
   *
   * @return the place of the invalidation
   * @throws org.occ4j.OccException if the change feed could not be written; void here all the same
   */
  ChangeToken invalidateTags(Tag... tags);

  /**
   * Marks all values under these tags as stale: for the time of {@code staleWhileRevalidate} they
   * are still served by {@link #get} while one load replaces each. Loads under way that turn out to
   * fall under them are not kept. Without tags nothing happens.
   *
   * @return the place of the mark
   * @throws org.occ4j.OccException if the change feed could not be written; marked here all the
   *     same
   */
  ChangeToken markStale(Tag... tags);

  /**
   * Makes void everything in this cache; with a feed to write to, in all caches of this name that
   * follow it.
   *
   * @return the place of the invalidation
   * @throws org.occ4j.OccException if the change feed could not be written; void here all the same
   */
  ChangeToken invalidateAll();

  /**
   * Waits until this cache has applied everything that {@code token} covers: after it, reads here
   * see what was written before the token was made, on whichever node that was.
   *
   * @return false if the time-out passed first, or if the token is of another feed
   * @throws InterruptedException if interrupted on entry or while waiting
   * @throws IllegalArgumentException if {@code timeout} is negative
   */
  boolean awaitApplied(ChangeToken token, Duration timeout) throws InterruptedException;

  /** The same cache with futures; its loads run on the cache's executor. */
  AsyncTaggedCache<K, V> async();

  /** What happened so far. */
  TaggedCacheStats stats();

  /** Whether it can be relied on at this moment. */
  CacheHealth health();

  /** About how many entries there are, void ones that were not yet removed included. */
  long estimatedSize();

  /** Removes evicted, expired and void entries now; on the calling thread. */
  void cleanUp();

  /**
   * Stops following and drops everything. Loads under way go on to their end and are not kept.
   * Reads and {@link #put} then throw {@link IllegalStateException}; invalidations still go to the
   * feed. Idempotent.
   */
  @Override
  void close();
}
