/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutex;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.occ4j.Ticker;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Warns of holds that last too long, once for each: while they last, or at the latest when they
 * end.
 *
 * <p>The sweep over the table is scheduled only as long as something is held, so an idle mutex
 * keeps no timer and a forgotten one can be collected.
 */
final class HoldWatch {
  private static final Logger LOG = LoggerFactory.getLogger(KeyedMutex.class);

  /** A hold is noticed after one to one and a half times the limit. */
  private static final int SWEEPS_PER_LIMIT = 2;

  private static final long SHORTEST_SWEEP_NANOS = 1_000_000;

  private final SlotTable table;
  private final Ticker ticker;
  private final Duration limit;
  private final AtomicBoolean sweeping = new AtomicBoolean();

  HoldWatch(SlotTable table, Ticker ticker, Duration limit) {
    this.table = table;
    this.ticker = ticker;
    this.limit = limit;
  }

  void started(Grant<?> grant) {
    grant.startedAt(ticker.nanos(), this);
    ensureSweeping();
  }

  void ended(Grant<?> grant) {
    warnIfLong(grant);
  }

  /** How long the key has been held, or null if it was granted this instant. */
  @Nullable Duration heldFor(Grant<?> grant) {
    GrantDetails details = grant.detailsIfAny();
    return details == null || !details.isStarted()
        ? null
        : Duration.ofNanos(ticker.nanos() - details.startedAt());
  }

  private void ensureSweeping() {
    if (!sweeping.get() && sweeping.compareAndSet(false, true)) {
      scheduleSweep();
    }
  }

  @SuppressWarnings("FutureReturnValueIgnored") // a sweep reports its own failures
  private void scheduleSweep() {
    long period = Math.max(SHORTEST_SWEEP_NANOS, Timeouts.nanos(limit) / SWEEPS_PER_LIMIT);
    Timeouts.schedule(this::sweep, period);
  }

  private void sweep() {
    if (warnWhereDue()) {
      scheduleSweep();
      return;
    }
    sweeping.set(false);
    // A hold that began after the walk passed its slot saw a sweep under way: look again.
    if (warnWhereDue()) {
      ensureSweeping();
    }
  }

  private boolean warnWhereDue() {
    boolean[] anyHeld = {false};
    try {
      table.forEachHeld(
          grant -> {
            anyHeld[0] = true;
            warnIfLong(grant);
          });
    } catch (RuntimeException broken) { // by a key's text or the user's ticker
      LOG.warn("Could not look for long holds; will try again", broken);
    }
    return anyHeld[0];
  }

  private void warnIfLong(Grant<?> grant) {
    Duration held = heldFor(grant);
    if (held != null && held.compareTo(limit) > 0 && grant.claimWarning()) {
      LOG.warn("Key {} is held by {} for {} already", grant.key, grant.ownerName(), held);
    }
  }
}
