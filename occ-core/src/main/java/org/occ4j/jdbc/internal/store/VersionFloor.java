/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.store;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.occ4j.Ticker;

/**
 * What the version, and the micros of the time, of a new row must be above: the greatest that a
 * store of this node has deleted. It matters where the database's clock is behind that.
 *
 * <p>It rises as time goes by. Nodes know of their own deletions only: were it to stand still, a
 * key that another node has deleted would begin its next life by the number of its last one, and go
 * through the same numbers again. It rises more slowly than a clock, so that the clock overtakes
 * it, and faster than one row can be written. Thread-safe.
 */
public final class VersionFloor implements LongSupplier {
  private static final int NANOS_PER_NUMBER = 4_000;

  private final Ticker ticker;
  private final AtomicReference<Raised> raised = new AtomicReference<>(new Raised(0, 0));

  private record Raised(long version, long nanos) {
    long at(long now) {
      return version == 0 ? 0 : version + (now - nanos) / NANOS_PER_NUMBER;
    }
  }

  /** A floor below everything. */
  public VersionFloor(Ticker ticker) {
    this.ticker = ticker;
  }

  @Override
  public long getAsLong() {
    return Objects.requireNonNull(raised.get()).at(ticker.nanos());
  }

  /** A row of that version, or time, has been deleted. */
  void raise(long deleted) {
    long now = ticker.nanos();
    raised.updateAndGet(last -> deleted > last.at(now) ? new Raised(deleted, now) : last);
  }
}
