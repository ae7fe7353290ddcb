/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.store;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.occ4j.Expected;
import org.occ4j.change.ChangeDraft;

/**
 * One attempt to write one row, everything in it ready to be bound.
 *
 * @param kind what to do
 * @param key the key, as JDBC takes it
 * @param values the columns of the value; empty for a delete
 * @param expected what an existing row must be like; of no meaning for an insert
 * @param updatedBy who writes
 * @param change what to append to the change log if the write is applied, or null; its version is
 *     not known before
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record RowWrite(
    Kind kind,
    Object key,
    @Nullable Object[] values,
    Expected expected,
    @Nullable String updatedBy,
    @Nullable ChangeDraft change) {

  /** What to do. */
  public enum Kind {
    /** Make a row where there is none. */
    INSERT,
    /** Change a row that is as expected. */
    UPDATE,
    /** Remove a row that is as expected. */
    DELETE
  }

  /** So many writes go into one round trip. */
  private static final int MAX_PER_ROUND_TRIP = 32;

  /**
   * So many bytes of parameters go into one round trip of several writes. A server that answers
   * while it is still being written to must find the rest of the request in the buffers between, or
   * both sides would wait for each other.
   */
  private static final int MAX_BYTES_PER_ROUND_TRIP = 16_384;

  /** The same with another kind and expectation. */
  public RowWrite as(Kind other, Expected condition) {
    return new RowWrite(other, key, values, condition, updatedBy, change);
  }

  /** The writes in runs that fit into one round trip each. */
  static List<List<RowWrite>> inParts(List<RowWrite> writes) {
    List<List<RowWrite>> parts = new ArrayList<>();
    int from = 0;
    int bytes = 0;
    for (int i = 0; i < writes.size(); i++) {
      int size = writes.get(i).size();
      boolean full =
          i - from == MAX_PER_ROUND_TRIP || (i > from && bytes + size > MAX_BYTES_PER_ROUND_TRIP);
      if (full) {
        parts.add(writes.subList(from, i));
        from = i;
        bytes = 0;
      }
      bytes += size;
    }
    if (from < writes.size()) {
      parts.add(writes.subList(from, writes.size()));
    }
    return parts;
  }

  private int size() {
    int size = 100;
    for (Object value : values) {
      size += value instanceof byte[] bytes ? bytes.length : String.valueOf(value).length();
    }
    return size;
  }

  /** The change of this write, once its version is known. */
  ChangeDraft changeOf(long version) {
    ChangeDraft draft = Objects.requireNonNull(change, "change");
    return new ChangeDraft(
        draft.source(), draft.kind(), draft.key(), version, draft.updatedBy(), draft.tags());
  }
}
