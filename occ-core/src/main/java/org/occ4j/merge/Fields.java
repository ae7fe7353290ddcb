/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.merge;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How values of one kind are taken apart into named fields and put together again. */
interface Fields {

  /** The names of the fields that occur in one of these values, in a stable order. */
  Collection<String> names(List<?> values);

  /** The field's value, or {@link Absent#ABSENT} if this value, of whatever kind, lacks it. */
  @Nullable Object get(@Nullable Object value, String name);

  /** Whether the field can hold every instance of {@code type}: can take a rebuilt collection. */
  boolean admits(String name, Class<?> type);

  /**
   * A value of these fields.
   *
   * @throws RefusedValueException if the value's own rules forbid the combination
   */
  Object build(Map<String, @Nullable Object> values) throws RefusedValueException;

  /** The type as which a value is rebuilt. */
  Class<?> type();

  /** The one kind that all these values are of, or null if they have no fields or differ. */
  static @Nullable Fields shared(@Nullable Object... values) {
    Object first = values[0];
    if (first instanceof Record) {
      for (Object value : values) {
        if (value == null || value.getClass() != first.getClass()) {
          return null;
        }
      }
      return RecordFields.of(first.getClass());
    }
    for (Object value : values) {
      if (!MapFields.isMapOfNames(value)) {
        return null;
      }
    }
    return MapFields.INSTANCE;
  }
}
