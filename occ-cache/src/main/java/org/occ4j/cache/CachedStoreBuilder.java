/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import java.time.Duration;
import java.util.function.Supplier;
import org.occ4j.Versioned;
import org.occ4j.change.ChangeLog;
import org.occ4j.store.VersionedStore;

/**
 * The settings of a store that is read through a cache: those of {@link TaggedCacheBuilder} for its
 * states, of which the times and limits of loads hold for answers too.
 *
 * @param <K> the keys
 * @param <V> the values
 * @param <B> the builder itself
 */
public abstract class CachedStoreBuilder<K, V, B extends CachedStoreBuilder<K, V, B>>
    extends TaggedCacheBuilder<K, Versioned<V>, B> {
  private static final long DEFAULT_MAXIMUM_QUERIES = 1_000;

  private long maximumQueries = DEFAULT_MAXIMUM_QUERIES;

  /** For the builders of this library. */
  protected CachedStoreBuilder(VersionedStore<K, V> store) {
    super(store.name(), store.keyCodec());
  }

  /** At most this many answers and pages beside the states, 1,000 unless told otherwise. */
  public B maximumQueries(long answers) {
    this.maximumQueries = requirePositive(answers, "maximumQueries");
    return self();
  }

  /** The cache, of a feed that cannot lose contact. */
  protected final CachedStore<K, V> buildOver(VersionedStore<K, V> store, ChangeLog changes) {
    return build(store, changes, () -> FeedLiveness.UNWATCHED);
  }

  /** The cache, counting on hearing from the feed. */
  protected final CachedStore<K, V> buildOver(
      VersionedStore<K, V> store,
      ChangeLog changes,
      Duration maximumStaleness,
      StalenessPolicy policy) {
    return build(store, changes, () -> liveness(maximumStaleness, policy));
  }

  private CachedStore<K, V> build(
      VersionedStore<K, V> store, ChangeLog changes, Supplier<FeedLiveness> liveness) {
    CacheSettings<K, Versioned<V>> settings = settings(changes);
    TaggedCache<K, Versioned<V>> states =
        InMemoryTaggedCache.open(settings, new Coherence(), liveness.get());
    try {
      return new StoreCache<>(
          store,
          states,
          InMemoryTaggedCache.open(
              settings.ofQueries(maximumQueries), new Coherence(), liveness.get()));
    } catch (Throwable failure) {
      states.close();
      throw failure;
    }
  }
}
