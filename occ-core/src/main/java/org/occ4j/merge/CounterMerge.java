/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.merge;

import java.math.BigDecimal;
import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/** Sums to which both sides add. */
final class CounterMerge {

  /** Adding numbers of further apart magnitudes would write out thousands of zeros. */
  private static final int MAX_SCALE = 1_000;

  private CounterMerge() {}

  /**
   * Theirs plus what mine added to the base, in the class of theirs; null where that has no such
   * number, or the sum is not finite.
   */
  static @Nullable Number merge(Number base, Number mine, Number theirs) {
    try {
      BigDecimal added = exact(mine).subtract(exact(base));
      return inClassOf(theirs, exact(theirs).add(added));
    } catch (ArithmeticException | NumberFormatException noSuchNumber) {
      return null;
    }
  }

  private static BigDecimal exact(Number number) {
    BigDecimal exact = new BigDecimal(number.toString());
    if (Math.abs((long) exact.scale()) > MAX_SCALE) {
      throw new ArithmeticException("a counter of scale " + exact.scale());
    }
    return exact;
  }

  private static @Nullable Number inClassOf(Number theirs, BigDecimal sum) {
    if (theirs instanceof Integer) {
      return sum.intValueExact();
    }
    if (theirs instanceof Long) {
      return sum.longValueExact();
    }
    if (theirs instanceof BigDecimal) {
      return sum;
    }
    if (theirs instanceof Double) {
      double value = sum.doubleValue();
      return Double.isInfinite(value) ? null : (Double) value;
    }
    return inRareClassOf(theirs, sum);
  }

  private static @Nullable Number inRareClassOf(Number theirs, BigDecimal sum) {
    if (theirs instanceof Short) {
      return sum.shortValueExact();
    }
    if (theirs instanceof Byte) {
      return sum.byteValueExact();
    }
    if (theirs instanceof BigInteger) {
      return sum.toBigIntegerExact();
    }
    if (theirs instanceof Float) {
      float value = sum.floatValue();
      return Float.isInfinite(value) ? null : (Float) value;
    }
    return null;
  }
}
