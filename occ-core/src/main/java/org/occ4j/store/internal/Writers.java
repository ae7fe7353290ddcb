/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.store.internal;

import java.util.Objects;

/** The names of writers ({@code updatedBy}), the same on every store. */
public final class Writers {
  private Writers() {}

  /** The longest name that a store records, in characters. */
  public static final int MAX_LENGTH = 255;

  /**
   * {@code updatedBy}, if a store can record it.
   *
   * @throws IllegalArgumentException if it is longer than {@value #MAX_LENGTH} characters, or
   *     contains U+0000, which PostgreSQL cannot keep
   */
  public static String require(String updatedBy) {
    Objects.requireNonNull(updatedBy, "updatedBy");
    if (updatedBy.length() > MAX_LENGTH) {
      throw new IllegalArgumentException(
          "updatedBy has at most " + MAX_LENGTH + " characters, not " + updatedBy.length());
    }
    if (updatedBy.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("updatedBy must not contain the character U+0000");
    }
    return updatedBy;
  }
}
