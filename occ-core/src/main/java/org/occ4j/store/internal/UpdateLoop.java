/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.store.internal;

import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import org.occ4j.Expected;
import org.occ4j.RetryPolicy;
import org.occ4j.Versioned;
import org.occ4j.store.VersionedStore;
import org.occ4j.store.WriteResult;

/** Read, edit, compare-and-set, until no rival comes between or the bounds are reached. */
public final class UpdateLoop {
  private UpdateLoop() {}

  /** See {@link VersionedStore#update}. */
  public static <K, V> WriteResult<V> run(
      VersionedStore<K, V> store, K key, UnaryOperator<V> edit, RetryPolicy retry) {
    Objects.requireNonNull(edit, "edit");
    Objects.requireNonNull(retry, "retry");
    long start = System.nanoTime();
    Optional<Versioned<V>> read = store.get(key);
    if (read.isEmpty()) {
      return new WriteResult.Conflict<>(Expected.present(), null);
    }
    Versioned<V> current = read.get();
    for (int attempt = 1; ; attempt++) {
      V next = Objects.requireNonNull(edit.apply(current.value()), "edit returned null");
      WriteResult<V> result = store.put(key, next, Expected.version(current.version()));
      Versioned<V> found = result.current();
      if (result.isApplied()
          || found == null
          || !retry.allowsAfter(attempt, System.nanoTime() - start)) {
        return result;
      }
      // The lost attempt brought the winner's state along, so nothing is read again.
      current = found;
      // Full jitter, or rivals that collided once collide again. An interrupt only shortens it.
      LockSupport.parkNanos(retry.delayNanosAfter(attempt));
    }
  }
}
