/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.proof;

import java.time.Duration;
import java.util.Optional;
import org.occ4j.Versioned;
import org.occ4j.cache.CachedStore;
import org.occ4j.cache.StalenessPolicy;
import org.occ4j.cache.jdbc.JdbcTaggedCache;
import org.occ4j.jdbc.JdbcVersionedStore;

/** Nodes of histories read through a {@link CachedStore}. */
public final class CachedNodes implements NodeCache {

  @Override
  public Reads over(JdbcVersionedStore<String, String> store, Duration maximumStaleness) {
    return reads(
        JdbcTaggedCache.of(store)
            .maximumStaleness(maximumStaleness, StalenessPolicy.BYPASS)
            .build());
  }

  static Reads reads(CachedStore<String, String> cache) {
    return new Reads() {
      @Override
      public Optional<Versioned<String>> get(String key) {
        return cache.get(key);
      }

      @Override
      public void close() {
        cache.close();
      }
    };
  }
}
