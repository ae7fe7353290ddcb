/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache.jdbc;

import java.time.Duration;
import java.util.Objects;
import org.occ4j.cache.CachedStore;
import org.occ4j.cache.CachedStoreBuilder;
import org.occ4j.cache.StalenessPolicy;
import org.occ4j.jdbc.JdbcChangeLog;
import org.occ4j.jdbc.JdbcVersionedStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Builds caches over stores of a database. A ticker given here must be the one that the {@code
 * OccDatabase} was given.
 *
 * @param <K> the keys
 * @param <V> the values
 */
public final class JdbcCachedStoreBuilder<K, V>
    extends CachedStoreBuilder<K, V, JdbcCachedStoreBuilder<K, V>> {
  private static final Logger LOG = LoggerFactory.getLogger(JdbcTaggedCache.class);

  private final JdbcVersionedStore<K, V> store;
  private Duration maximumStaleness = JdbcCacheBuilder.DEFAULT_MAXIMUM_STALENESS;
  private StalenessPolicy policy = StalenessPolicy.BYPASS;

  JdbcCachedStoreBuilder(JdbcVersionedStore<K, V> store) {
    super(store);
    this.store = store;
  }

  /** As {@link JdbcCacheBuilder#maximumStaleness}. */
  public JdbcCachedStoreBuilder<K, V> maximumStaleness(Duration silence, StalenessPolicy policy) {
    this.maximumStaleness = Objects.requireNonNull(silence, "silence");
    this.policy = Objects.requireNonNull(policy, "policy");
    return this;
  }

  /**
   * The cache. It has every write of the store on this node recorded that begins from now on, and
   * follows before it is returned, empty. Build it before the service begins to write: a write that
   * is under way at this moment may be recorded or not.
   *
   * @throws IllegalArgumentException if settings contradict each other
   * @throws org.occ4j.StoreUnavailableException if the change log cannot be read
   */
  public CachedStore<K, V> build() {
    JdbcChangeLog changes = store.changes();
    JdbcCacheBuilder.requireSeveralPolls(maximumStaleness, changes);
    store.recordEveryWrite();
    LOG.info(
        "caching store {}; nodes that write it without a cache of it need recordChanges(true)",
        store.name());
    return buildOver(store.recordChanges(true), changes, maximumStaleness, policy);
  }

  @Override
  protected JdbcCachedStoreBuilder<K, V> self() {
    return this;
  }
}
