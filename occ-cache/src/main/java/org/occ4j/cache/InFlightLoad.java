/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** The load of one key that is under way; others who want the key wait for its outcome. */
final class InFlightLoad<K, V> {
  private final K key;
  private final LoadRun run;
  private final @Nullable Entry<V> replaced;
  private final AtomicBoolean decided = new AtomicBoolean();
  private final CompletableFuture<LoadOutcome<V>> outcome = new CompletableFuture<>();

  /**
   * A load.
   *
   * @param run the call of a loader that it is part of
   * @param replaced the entry that it is to replace, if there is one
   */
  InFlightLoad(K key, LoadRun run, @Nullable Entry<V> replaced) {
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

  /** Whether it begins now: not if it was given up, or has failed while it waited. */
  boolean begin() {
    return decided.compareAndSet(false, true) && !outcome.isDone();
  }

  /** Whether it will never begin, as it has not yet. */
  boolean giveUp() {
    return decided.compareAndSet(false, true);
  }

  CompletableFuture<LoadOutcome<V>> outcome() {
    return outcome;
  }
}
