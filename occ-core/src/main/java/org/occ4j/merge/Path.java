/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.merge;

import java.math.BigDecimal;

/**
 * Where the walk is: {@code rule} names the field as the builder does, {@code shown} as people need
 * it, with the id of the element of a keyed list: {@code lines.price} and {@code lines[7].price}.
 */
record Path(String rule, String shown) {
  static final Path ROOT = new Path("", "");

  Path child(String name) {
    return new Path(join(rule, name), join(shown, name));
  }

  Path element(Object id) {
    // The canonical form of ten is 1E+1.
    Object plain = id instanceof BigDecimal number ? number.toPlainString() : id;
    return new Path(rule, shown + "[" + plain + "]");
  }

  private static String join(String parent, String name) {
    return parent.isEmpty() ? name : parent + '.' + name;
  }
}
