/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** Instants as whole microseconds, the precision in which every store keeps and compares them. */
public final class Timestamps {
  private Timestamps() {}

  /**
   * Microseconds since the epoch; finer digits are cut off towards the past, never rounded, so that
   * a token cannot run ahead of what was stored.
   *
   * @throws ArithmeticException if the instant is more than 292 000 years from the epoch
   */
  public static long toMicros(Instant instant) {
    return Math.addExact(
        Math.multiplyExact(instant.getEpochSecond(), 1_000_000L), instant.getNano() / 1_000);
  }

  /** The instant {@code micros} microseconds after the epoch. */
  public static Instant ofMicros(long micros) {
    return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
  }
}
