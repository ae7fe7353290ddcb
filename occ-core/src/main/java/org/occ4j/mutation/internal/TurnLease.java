/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutation.internal;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.occ4j.mutation.MutationPipeline;
import org.occ4j.mutex.KeyedMutex;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A mutex whose turns outlive a process that dies, until their leases end. */
public interface TurnLease {

  /** How long such a turn lasts at most after the process has died. */
  Duration length();

  /**
   * Warns in the log if mutations wait for their turns no longer than the leases of this mutex
   * last.
   *
   * @param mutex where turns are taken; null, and one of this process, have no leases
   * @param patience how long a mutation waits for its turn
   */
  static void warnIfLongerThan(Duration patience, @Nullable KeyedMutex<?> mutex) {
    if (mutex instanceof TurnLease lease && lease.length().compareTo(patience) >= 0) {
      Logger log = LoggerFactory.getLogger(MutationPipeline.class);
      log.warn(
          "Turns are waited for {} and leases last {}: when a node dies, what waits for its turns"
              + " fails until they end. Make the lease shorter or turnTimeout longer",
          patience,
          lease.length());
    }
  }
}
