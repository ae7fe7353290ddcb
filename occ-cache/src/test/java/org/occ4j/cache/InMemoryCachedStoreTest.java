/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.occ4j.KeyCodec;
import org.occ4j.cache.testkit.CachedStoreContract;
import org.occ4j.change.ChangeFeed;
import org.occ4j.change.ChangeLog;
import org.occ4j.store.VersionedStore;

class InMemoryCachedStoreTest extends CachedStoreContract {
  private final ChangeLog changes = ChangeFeed.inMemory();
  private final VersionedStore<Long, String> store =
      VersionedStore.<Long, String>builder("note", KeyCodec.longs()).changes(changes).build();
  private final CachedStore<Long, String> mine =
      TaggedCache.of(store, changes).recordStats().build();
  private final CachedStore<Long, String> theirs = TaggedCache.of(store, changes).build();

  @AfterEach
  void close() {
    mine.close();
    theirs.close();
  }

  @Override
  protected VersionedStore<Long, String> store() {
    return store;
  }

  @Override
  protected CachedStore<Long, String> mine() {
    return mine;
  }

  @Override
  protected CachedStore<Long, String> theirs() {
    return theirs;
  }

  @Override
  protected ChangeLog changes() {
    return changes;
  }

  @Test
  void stats_hitsThatNobodyCounts_areNotToldAsNought() {
    assertThat(mine().stats().hits()).isZero();
    try (CachedStore<Long, String> uncounted = TaggedCache.of(store(), changes()).build()) {
      assertThat(uncounted.stats().hits()).isEqualTo(TaggedCacheStats.NOT_COUNTED);
      assertThat(uncounted.queryStats().hits()).isEqualTo(TaggedCacheStats.NOT_COUNTED);
    }
  }
}
