/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j;

import org.jspecify.annotations.Nullable;

/**
 * A write whose expectation did not hold, for callers who asked to have it thrown ({@code
 * orThrow()}); the write changed nothing.
 */
public class ConflictException extends OccException {
  private static final long serialVersionUID = 1L;

  private final transient Expected expected;
  private final transient @Nullable Versioned<?> current;

  /**
   * A conflict.
   *
   * @param expected what the writer believed
   * @param current what is there instead, or null if the key is absent
   */
  public ConflictException(Expected expected, @Nullable Versioned<?> current) {
    super(
        "expected "
            + expected
            + " but found "
            + (current == null ? "no state" : "version " + current.version()),
        null);
    this.expected = expected;
    this.current = current;
  }

  /** What the writer believed. */
  public Expected expected() {
    return expected;
  }

  /** What was there when the write was refused, or null if the key was absent. */
  public @Nullable Versioned<?> current() {
    return current;
  }
}
