/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutation;

import java.util.Objects;

/**
 * The application's own, final no to a mutation: thrown by an {@link Edit}, stored as the
 * mutation's answer, and replayed like any other.
 *
 * <p>Use it for what will be refused however often it is sent, such as a rule of the business. It
 * carries no stack trace; it is an answer, not an accident.
 */
public final class Rejection extends Exception {
  private static final long serialVersionUID = 1L;

  /** The longest code and the longest detail, in characters. */
  public static final int MAX_LENGTH = 1_000;

  private final String code;
  private final String detail;

  /**
   * A rejection.
   *
   * @param code for programs, such as {@code "over-budget"}
   * @param detail for people
   */
  public Rejection(String code, String detail) {
    super(code + ": " + detail, null, false, false);
    this.code = requireShort("code", code);
    this.detail = requireShort("detail", detail);
  }

  /** The code, for programs. */
  public String code() {
    return code;
  }

  /** The detail, for people. */
  public String detail() {
    return detail;
  }

  private static String requireShort(String name, String text) {
    Objects.requireNonNull(text, name);
    if (text.length() > MAX_LENGTH) {
      throw new IllegalArgumentException(
          "rejection " + name + " has more than " + MAX_LENGTH + " characters");
    }
    return text;
  }
}
