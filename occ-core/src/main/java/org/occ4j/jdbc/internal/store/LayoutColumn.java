/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.store;

/**
 * A column and how its content travels.
 *
 * @param name the column, quoted where it has to be
 * @param type how its content is bound, selected and read
 */
public record LayoutColumn(String name, ColumnBinding type) {
  String selected() {
    return type.selected(name);
  }
}
