/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.merge;

import java.lang.reflect.Array;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Date;
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
 * as a Long there; arrays and records count by content, whatever the {@code equals} of the record
 * says; dates count by their instant, and texts without regard to how lines end, since forms and
 * files change that by themselves. Where in doubt, two values differ: a person who is asked once
 * too often loses less than one whose edit is taken for none.
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
    // Never by its own equals first: a record's may look at the id alone, and that of a Date finds
    // a
    // Timestamp equal which is some microseconds later.
    return of(one).equals(of(other));
  }

  /** The canonical form, fit to be a key of a hash table. */
  static Object of(Object value) {
    if (value instanceof Number number) {
      return number(number);
    }
    if (value instanceof String text) {
      return LineEnds.plain(text);
    }
    if (value instanceof Date date) {
      return instant(date);
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

  @SuppressWarnings("JavaUtilDate") // what applications have
  private static Instant instant(Date date) {
    try {
      return date.toInstant(); // a Timestamp's has its nanoseconds
    } catch (UnsupportedOperationException dayOrTimeOfJdbc) {
      return Instant.ofEpochMilli(date.getTime());
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
