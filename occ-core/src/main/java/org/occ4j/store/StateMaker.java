/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.store;

import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import org.occ4j.Timestamps;
import org.occ4j.Versioned;

/** Makes states: their versions, and their times where a clock was given. */
final class StateMaker {
  private final InstantSource seeds;
  private final @Nullable InstantSource clock;

  StateMaker(@Nullable InstantSource clock) {
    this.seeds = clock == null ? InstantSource.system() : clock;
    this.clock = clock;
  }

  /**
   * The first state of a life of a key. Its version begins at the present microsecond, so that
   * versions which a client kept from before a restart of the process do not match by accident;
   * within the process it is the floor that keeps versions apart, whatever the clock says.
   */
  <V> Versioned<V> first(V value, long floor, @Nullable String updatedBy) {
    long micros = Timestamps.toMicros(seeds.instant());
    long version = Math.max(1, Math.max(micros, floor + 1));
    Instant at = clock == null ? null : Timestamps.ofMicros(Math.max(micros, floor + 1));
    return new Versioned<>(value, version, at, updatedBy);
  }

  /** The state after {@code current}: one version later, and at least one microsecond. */
  <V> Versioned<V> after(Versioned<V> current, V value, @Nullable String updatedBy) {
    Instant at = clock == null ? null : timeAfter(current.updatedAt(), clock);
    return new Versioned<>(value, current.version() + 1, at, updatedBy);
  }

  private static Instant timeAfter(@Nullable Instant before, InstantSource clock) {
    long now = Timestamps.toMicros(clock.instant());
    return Timestamps.ofMicros(
        before == null ? now : Math.max(now, Timestamps.toMicros(before) + 1));
  }
}
