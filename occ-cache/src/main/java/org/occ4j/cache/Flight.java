/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The load of one key that is under way; others who want the key wait for its landing. */
final class Flight<K, V> {
  private final K key;
  private final LoadRun run;
  private final @Nullable Entry<V> replaced;
  private final CompletableFuture<Landing<V>> landing = new CompletableFuture<>();

  /**
   * A flight.
   *
   * @param run the call of a loader that it is part of
   * @param replaced the entry that it is to replace, if there is one
   */
  Flight(K key, LoadRun run, @Nullable Entry<V> replaced) {
    this.key = key;
    this.run = run;
    this.replaced = replaced;
  }

  K key() {
    return key;
  }

  LoadRun run() {
    return run;
  }

  @Nullable Entry<V> replaced() {
    return replaced;
  }

  CompletableFuture<Landing<V>> landing() {
    return landing;
  }
}
