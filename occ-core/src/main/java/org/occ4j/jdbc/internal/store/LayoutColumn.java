/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.store;

/**
 * A column and how its content travels.
 *
 * @param name the column, quoted where it has to be
 * @param type how its content is bound, selected and read
 * @param overrides whether an insert has to say that it gives the number itself
 */
public record LayoutColumn(String name, ColumnBinding type, boolean overrides) {

  /** A column that any insert may fill. */
  public LayoutColumn(String name, ColumnBinding type) {
    this(name, type, false);
  }

  String selected() {
    return type.selected(name);
  }
}
