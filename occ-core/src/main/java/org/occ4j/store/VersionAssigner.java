/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.store;

import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import org.occ4j.Timestamps;
import org.occ4j.Versioned;

/**
 * Makes states. Where a clock was given, a version is the greater of the last one plus one and the
 * clock in microseconds, and the state's time is its version (G2). Without one, versions count on
 * from the microsecond in which the life of their key began: reading the clock costs as much as the
 * write, and what this store forgets it forgets as a whole, so that the next life begins later.
 */
final class VersionAssigner {
  private final InstantSource seeds;
  private final @Nullable InstantSource clock;

  VersionAssigner(@Nullable InstantSource clock) {
    this.seeds = clock == null ? InstantSource.system() : clock;
    this.clock = clock;
  }

  /** The first state of a life of a key, above the floor whatever the clock says. */
  <V> Versioned<V> first(V value, long floor, @Nullable String updatedBy) {
    long least = Math.max(1, floor + 1);
    return state(value, Math.max(least, Timestamps.toMicros(seeds.instant())), updatedBy);
  }

  /** The state after {@code current}. */
  <V> Versioned<V> after(Versioned<V> current, V value, @Nullable String updatedBy) {
    long least = current.version() + 1;
    return clock == null
        ? state(value, least, updatedBy)
        : state(value, Math.max(least, Timestamps.toMicros(clock.instant())), updatedBy);
  }

  private <V> Versioned<V> state(V value, long version, @Nullable String updatedBy) {
    return new Versioned<>(
        value, version, clock == null ? null : Timestamps.ofMicros(version), updatedBy);
  }
}
