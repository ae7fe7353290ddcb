/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.merge;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A three-way merge of values of one type.
 *
 * <p>Per field: what I left as it was becomes theirs; what they left as it was becomes mine; what
 * both made equal is that; the rest overlaps. Values are compared as they would be written: numbers
 * by value in whatever class, arrays and records by content (a record's own {@code equals} is not
 * asked), a {@link java.util.Date} of whatever kind and an {@link java.time.Instant} by the
 * instant, texts without regard to how lines end. Nested records of one class and nested maps with
 * text keys are merged inside; an element of a keyed list shows its id in the path, as in {@code
 * lines[7].price}.
 *
 * <p>Instances are immutable, thread-safe and deterministic. They read the values and do not keep
 * them; values that other threads change meanwhile, or that contain themselves, are the caller's
 * mistake.
 *
 * @param <V> the values, never null
 */
public interface Merger<V> {

  /**
   * Merges.
   *
   * @param base what both sides started from
   * @param mine my version of it
   * @param theirs their version of it
   * @throws IllegalArgumentException if a record nested in them is not open to reflection
   */
  MergeResult<V> merge(V base, V mine, V theirs);

  /**
   * The fields in which {@code theirs} and {@code mine} differ, audit fields left out, in the order
   * of the value's fields.
   *
   * @param base what both started from, or null if it is not known
   */
  List<FieldChange> changes(@Nullable V base, V theirs, V mine);

  /**
   * A merger of records of this type, component by component, with default rules. A record in a
   * named module must be open to reflection, and so must records nested in it: {@code opens
   * com.acme.tasks to org.occ4j.core}; on the class path nothing is needed.
   *
   * @throws IllegalArgumentException if the record is not open; the message says what to write
   */
  static <R extends Record> Merger<R> records(Class<R> type) {
    return recordBuilder(type).build();
  }

  /**
   * A merger of maps, entry by entry, with default rules; absent is not null. Merged maps are
   * unmodifiable.
   */
  static Merger<Map<String, @Nullable Object>> maps() {
    return mapBuilder().build();
  }

  /**
   * A merger of records of this type whose rules the builder sets; what {@link #records} says of
   * reflection holds here too.
   *
   * @throws IllegalArgumentException if the record is not open; the message says what to write
   */
  static <R extends Record> MergerBuilder<R> recordBuilder(Class<R> type) {
    return new MergerBuilder<>(RecordFields.of(type));
  }

  /** A merger of maps whose rules the builder sets. */
  static MergerBuilder<Map<String, @Nullable Object>> mapBuilder() {
    return new MergerBuilder<>(MapFields.INSTANCE);
  }
}
