/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.util.Objects;
import java.util.regex.Pattern;

/** The rule for names that go into SQL text. Everything else is bound as a parameter. */
final class Identifiers {
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,62}");

  private Identifiers() {}

  /**
   * The identifier, if it is one.
   *
   * @throws IllegalArgumentException otherwise, naming it
   */
  static String require(String identifier) {
    Objects.requireNonNull(identifier, "identifier");
    if (!PLAIN.matcher(identifier).matches()) {
      throw new IllegalArgumentException(
          "not an SQL identifier of 1 to 63 letters, digits and underscores: '" + identifier + "'");
    }
    return identifier;
  }
}
