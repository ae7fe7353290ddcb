/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.store;

/**
 * How a column holds the instant of a row's last write, and the way to and from the whole
 * microseconds in which the library computes. Going through numbers inside the database keeps every
 * driver's rounding and every session's time zone out.
 *
 * @param name the column, quoted
 * @param micros SQL that yields the microseconds of such a column, for {@code %s}
 * @param ofMicros SQL that yields the column's content, of the microseconds {@code %s}
 * @param tick the column's precision in microseconds
 */
public record TimeColumn(String name, String micros, String ofMicros, long tick) {

  /** What the column of every engine holds: the years 0 to 9999, in microseconds. */
  private static final long FIRST_MICROS = -62_167_219_200_000_000L;

  private static final long LAST_MICROS = 253_402_300_799_999_999L;

  /** A column of whole microseconds, as in the library's own tables. */
  public static TimeColumn ofNumbers(String name) {
    return new TimeColumn(name, "%s", "%s", 1);
  }

  /** Whether the column can have this content; one of numbers has room for all. */
  boolean canHold(long microseconds) {
    return ofMicros.equals("%s") || (microseconds >= FIRST_MICROS && microseconds <= LAST_MICROS);
  }

  /** What the column holds, in microseconds. */
  String read() {
    return micros.formatted(name);
  }

  /** What the column is to hold, of an expression in microseconds. */
  String content(String microseconds) {
    return ofMicros.formatted(microseconds);
  }

  /**
   * The time of a write that replaces another: now, but at least one tick after the other's.
   *
   * @param now the database clock in microseconds
   */
  String next(String now) {
    return next(now, 1);
  }

  /** The time of the last of several writes, each of them at least one tick after the other. */
  String next(String now, int writes) {
    return "GREATEST(" + truncated(now) + ", " + read() + " + " + writes * tick + ")";
  }

  /**
   * The time of a write that makes a row: now, but not below the floor, a parameter.
   *
   * @param now the database clock in microseconds
   */
  String first(String now) {
    return "GREATEST(" + truncated(now) + ", ?)";
  }

  /** A moment in the column's precision. */
  String truncated(String now) {
    return tick == 1 ? now : now + " - MOD(" + now + ", " + tick + ")";
  }

  /** The greatest time of the column's precision that is not after this one. */
  long floor(long microseconds) {
    return microseconds - Math.floorMod(microseconds, tick);
  }

  /** The least time of the column's precision that is not before this one. */
  long ceiling(long microseconds) {
    return -floor(-microseconds);
  }
}
