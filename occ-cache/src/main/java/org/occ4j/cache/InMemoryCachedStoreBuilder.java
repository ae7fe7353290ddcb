/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import java.util.Objects;
import org.occ4j.change.ChangeLog;
import org.occ4j.store.VersionedStore;

/**
 * Builds caches over stores of this process.
 *
 * @param <K> the keys
 * @param <V> the values
 */
public final class InMemoryCachedStoreBuilder<K, V>
    extends CachedStoreBuilder<K, V, InMemoryCachedStoreBuilder<K, V>> {
  private final VersionedStore<K, V> store;
  private final ChangeLog changes;

  InMemoryCachedStoreBuilder(VersionedStore<K, V> store, ChangeLog changes) {
    super(store);
    this.store = store;
    this.changes = Objects.requireNonNull(changes, "changes");
  }

  /**
   * The cache, empty.
   *
   * @throws IllegalArgumentException if settings contradict each other
   */
  public CachedStore<K, V> build() {
    return buildOver(store, changes);
  }

  @Override
  protected InMemoryCachedStoreBuilder<K, V> self() {
    return this;
  }
}
