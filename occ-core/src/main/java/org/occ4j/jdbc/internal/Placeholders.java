/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal;

import java.util.Collection;
import java.util.Collections;

/** Parameters of a statement. */
public final class Placeholders {
  private Placeholders() {}

  /** As many as there are values, in brackets. */
  public static String inBrackets(Collection<?> values) {
    return "(" + String.join(", ", Collections.nCopies(values.size(), "?")) + ")";
  }
}
