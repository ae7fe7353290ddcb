/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One call of a loader, in the chain of calls that its thread is in the middle of, with what it
 * waits for. Following the chain across threads finds loads that would wait for themselves.
 */
final class LoadRun {
  /** Longer chains than this are not followed; a time-out or an interrupt ends such a wait. */
  private static final int MAXIMUM_STEPS = 1_000;

  private final Object subject;
  private final boolean background;
  private volatile @Nullable LoadRun outer;
  private volatile @Nullable InFlightLoad<?, ?> waitsFor;

  /**
   * A run.
   *
   * @param subject the key that it loads, or the keys, for messages
   * @param background whether the executor is to run it, not the thread that asked for it
   */
  LoadRun(Object subject, boolean background) {
    this.subject = subject;
    this.background = background;
  }

  boolean isBackground() {
    return background;
  }

  /** Notes in the middle of which run its thread is. */
  void beginWithin(@Nullable LoadRun outer) {
    this.outer = outer;
  }

  /**
   * Notes that this run waits for a load, led by its own thread or by another. A load that has not
   * begun waits for nothing here; it gives way to a load (COHERENCE-7).
   *
   * @return what it waited for before, to be noted again afterwards
   * @throws CacheLoadException if that load waits, however indirectly, for this run
   */
  @Nullable InFlightLoad<?, ?> waitFor(InFlightLoad<?, ?> load) {
    InFlightLoad<?, ?> before = waitsFor;
    // Noted before looking: of two runs about to wait for each other, at least one sees the other.
    waitsFor = load;
    List<Object> waits = new ArrayList<>();
    InFlightLoad<?, ?> next = load;
    for (int step = 0; next != null && step < MAXIMUM_STEPS; step++) {
      waits.add(next.key());
      if (isWithin(next.run())) {
        waitsFor = before;
        throw new CacheLoadException(
            "a load would wait for itself: " + describe(next.run(), waits), null);
      }
      next = next.run().waitsFor;
    }
    return before;
  }

  void waitsAgainFor(@Nullable InFlightLoad<?, ?> before) {
    waitsFor = before;
  }

  private boolean isWithin(LoadRun other) {
    for (LoadRun run = this; run != null; run = run.outer) {
      if (run == other) {
        return true;
      }
    }
    return false;
  }

  /** The keys from the run that closes the circle down to this one, then those it waits for. */
  private String describe(LoadRun first, List<Object> waits) {
    List<Object> circle = new ArrayList<>();
    for (LoadRun run = this; run != null && run != first; run = run.outer) {
      circle.add(run.subject);
    }
    circle.add(first.subject);
    Collections.reverse(circle);
    circle.addAll(waits);
    return circle.stream().map(String::valueOf).collect(Collectors.joining(" -> "));
  }
}
