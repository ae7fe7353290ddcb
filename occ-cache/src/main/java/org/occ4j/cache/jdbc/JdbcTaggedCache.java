/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache.jdbc;

import java.sql.Connection;
import org.occ4j.Tag;
import org.occ4j.cache.TaggedCache;
import org.occ4j.jdbc.JdbcVersionedStore;
import org.occ4j.jdbc.OccDatabase;

/**
 * A tagged cache that is coherent across all nodes of one database.
 *
 * <p>Values live in this process; only invalidations travel, as rows of the database's change log.
 * Beyond the promises of {@link TaggedCache} it promises (G5):
 *
 * <ul>
 *   <li>An invalidation takes effect here before the method that asked for it returns, or before
 *       {@link PendingInvalidation#committed} does, where it was written in a transaction.
 *   <li>On every other node it takes effect within one poll interval plus the time of the query. An
 *       invalidation that is committed is never lost; where a node cannot know what it missed (the
 *       database was restored, it was away longer than changes are kept) it drops everything.
 *   <li>A node whose last successful poll is longer ago than {@code maximumStaleness} does what its
 *       {@link org.occ4j.cache.StalenessPolicy} says, from that moment on, and recovers by itself.
 * </ul>
 *
 * <p>It does not promise that other nodes have applied an invalidation when it returns; hand the
 * token to them and use {@link #awaitApplied} there, or a read {@link
 * org.occ4j.cache.ReadOptions#atLeast}. It does not see by itself which transaction a read belongs
 * to: within one that has invalidated something, read with {@link PendingInvalidation#reads}, so
 * that what is void is not served and what may be rolled back is not kept.
 *
 * <p><b>Durability and isolation effects:</b> {@link #invalidateTags(Connection, Tag...)} commits
 * or rolls back with the caller's transaction. The other invalidations are short transactions of
 * their own; where they throw {@link org.occ4j.OutcomeUnknownException} other nodes may or may not
 * hear of them, and sending them again is harmless.
 *
 * @param <K> the keys
 * @param <V> the values
 */
public interface JdbcTaggedCache<K, V> extends TaggedCache<K, V> {

  /**
   * Begins to build a cache that follows {@link OccDatabase#changes}.
   *
   * @param name names it in logs and as the source of its changes; the same on every node
   * @param database must stay open for as long as the cache is used
   * @throws IllegalArgumentException if the name is blank
   */
  static <K, V> JdbcCacheBuilder<K, V> builder(String name, OccDatabase database) {
    return new JdbcCacheBuilder<>(name, database);
  }

  /**
   * Begins to build a cache over a store, through which it is read: {@code
   * JdbcTaggedCache.of(tasks).maximumSize(10_000).build()}. Nothing need be tagged or invalidated,
   * and changes need not be switched on.
   *
   * @param store of a database that must stay open for as long as the cache is used
   */
  static <K, V> JdbcCachedStoreBuilder<K, V> of(JdbcVersionedStore<K, V> store) {
    return new JdbcCachedStoreBuilder<>(store);
  }

  /**
   * Writes an invalidation of these tags in the caller's transaction: every node applies it if and
   * when that commits, this one at the latest by its next poll. Call {@link
   * PendingInvalidation#committed} after the commit to have it applied here at once. Nothing is
   * void before the commit. Without tags nothing is written.
   *
   * <p>Write it late in the transaction: it locks no row that others need, but a long transaction
   * is a gap that every node has to watch.
   *
   * @throws IllegalArgumentException if the connection is in auto-commit mode
   * @throws org.occ4j.OccException if the row could not be written; the transaction must be rolled
   *     back
   */
  PendingInvalidation invalidateTags(Connection transaction, Tag... tags);
}
