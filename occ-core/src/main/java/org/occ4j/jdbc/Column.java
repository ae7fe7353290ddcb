/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.occ4j.jdbc.internal.Identifiers;

/**
 * A column of a table that the application owns, and the part of a value that it holds.
 *
 * @param name the column's name; found in the table as {@link TableMapping#of} says
 * @param type how it travels
 * @param part takes the column's content out of a value; may return null for NULL; runs outside of
 *     every transaction
 * @param <V> the values of the store
 * @param <T> the column's content
 */
public record Column<V, T>(
    String name, ColumnType<T> type, Function<? super V, ? extends @Nullable T> part) {

  /**
   * Refuses nulls.
   *
   * @throws IllegalArgumentException if the name is empty or has the character U+0000 in it
   */
  public Column {
    Identifiers.require(name);
    Objects.requireNonNull(type, "type");
    Objects.requireNonNull(part, "part");
  }

  /**
   * A column that may be NULL where the part is null. It is the same as the constructor's, and says
   * to Kotlin what a null of its own type means: {@code Column.nullable("note", ColumnType.text(),
   * Task::note)}.
   */
  public static <V, T> Column<V, T> nullable(
      String name, ColumnType<T> type, Function<? super V, ? extends @Nullable T> part) {
    return new Column<>(name, type, part);
  }

  /** What the column is to hold for this value, as JDBC takes it. */
  @Nullable Object rawOf(V value) {
    return type.toRaw(part.apply(value));
  }
}
