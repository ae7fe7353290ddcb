/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.merge;

import java.lang.reflect.Array;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Equality as a merge needs it: two values are the same when they would be written alike.
 *
 * <p>Each value has a canonical form, and two are the same when those are equal; so "same" is an
 * equivalence by construction, which a chain of special comparisons easily fails to be. Numbers
 * count by value in whatever class they come, since a JSON library reads 5 as an Integer here and
 * as a Long there; arrays count by content, also inside records, whose own {@code equals} compares
 * arrays by identity.
 */
final class Canonical {
  private Canonical() {}

  static boolean same(@Nullable Object one, @Nullable Object other) {
    if (one == other) {
      return true;
    }
    if (one == null || other == null) {
      return false;
    }
    return one.equals(other) || of(one).equals(of(other));
  }

  /** The canonical form, fit to be a key of a hash table. */
  static Object of(Object value) {
    if (value instanceof Number number) {
      return number(number);
    }
    if (value instanceof Map<?, ?> map) {
      Map<@Nullable Object, @Nullable Object> entries = new HashMap<>();
      map.forEach((key, each) -> entries.put(key, ofNullable(each)));
      return entries;
    }
    if (value instanceof Collection<?> collection) {
      return collection(collection);
    }
    if (value instanceof Record record) {
      return record(record);
    }
    return value.getClass().isArray() ? array(value) : value;
  }

  static @Nullable Object ofNullable(@Nullable Object value) {
    return value == null ? null : of(value);
  }

  private static Object number(Number number) {
    try {
      return new BigDecimal(number.toString()).stripTrailingZeros();
    } catch (NumberFormatException notFiniteOrForeign) {
      return number;
    }
  }

  private static Object collection(Collection<?> collection) {
    Collection<@Nullable Object> elements =
        collection instanceof Set ? new HashSet<>() : new ArrayList<>();
    for (Object element : collection) {
      elements.add(ofNullable(element));
    }
    return elements;
  }

  private static Object record(Record record) {
    RecordFields fields = RecordFields.of(record.getClass());
    List<@Nullable Object> parts = new ArrayList<>();
    parts.add(record.getClass());
    for (String name : fields.names(List.of())) {
      parts.add(ofNullable(fields.get(record, name)));
    }
    return parts;
  }

  private static Object array(Object array) {
    List<@Nullable Object> elements = new ArrayList<>();
    for (int i = 0; i < Array.getLength(array); i++) {
      elements.add(ofNullable(Array.get(array, i)));
    }
    return elements;
  }
}
