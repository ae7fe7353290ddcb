/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.proof;

import java.time.Duration;
import java.util.Optional;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;
import org.occ4j.Versioned;
import org.occ4j.jdbc.JdbcVersionedStore;

/**
 * What puts a cache over the store of each node. Histories read through one wherever there is one
 * on the class path, as a service: {@code occ-core} has none, the tests of {@code occ-cache} have
 * theirs.
 */
interface NodeCache {

  /** Two poll intervals, the shortest that is allowed: so contact is often lost. */
  Duration MAXIMUM_STALENESS = Duration.ofMillis(200);

  /** How a node reads through its cache. */
  interface Reads extends AutoCloseable {
    Optional<Versioned<String>> get(String key);

    @Override
    default void close() {}
  }

  /** No cache: every read is one of the store. */
  static NodeCache none() {
    return (store, maximumStaleness) -> null;
  }

  /** The cache on the class path; {@link #none} where there is none. */
  static NodeCache onClassPath() {
    return ServiceLoader.load(NodeCache.class).findFirst().orElse(none());
  }

  /**
   * A new cache over a node's store.
   *
   * @param maximumStaleness after so long a silence of the feed nothing is served from memory
   * @return null for none
   */
  @Nullable Reads over(JdbcVersionedStore<String, String> store, Duration maximumStaleness);
}
