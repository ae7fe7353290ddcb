/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The mapped columns of one row, already read: the connection is back in its pool while a {@link
 * TableMapping}'s function makes a value of them.
 */
public final class MappedRow {
  private final List<? extends Column<?, ?>> columns;
  private final @Nullable Object[] raw;

  MappedRow(List<? extends Column<?, ?>> columns, @Nullable Object[] raw) {
    this.columns = columns;
    this.raw = raw;
  }

  /**
   * What the column holds, or null if that is NULL.
   *
   * @throws IllegalArgumentException if the column is not one of the mapping's
   */
  public <T> @Nullable T get(Column<?, T> column) {
    int index = columns.indexOf(column);
    if (index >= 0) {
      return column.type().ofRaw(raw[index]);
    }
    throw new IllegalArgumentException("not a column of this mapping: " + column.name());
  }

  /**
   * What the column holds.
   *
   * @throws IllegalStateException if that is NULL
   */
  public <T> T require(Column<?, T> column) {
    T value = get(column);
    if (value == null) {
      throw new IllegalStateException("column " + column.name() + " is NULL");
    }
    return value;
  }
}
