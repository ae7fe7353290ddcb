/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.pipeline;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;
import org.occ4j.jdbc.internal.store.StoreDialect.Row;

/**
 * The rows that a pipeline of this node has lately written or read, so that the next mutation of
 * the same key need not read its row first. A row may be out of date as soon as it is here: the
 * compare-and-set that follows decides, and a row that lost there is dropped.
 *
 * <p>Rows are kept as the database's columns, so a value that an edit changed in place is not seen
 * by the next one. Bounded: a key has one slot, which it shares with others, and the latest row
 * keeps it; a row with more than {@value #MAX_BYTES} bytes in it is not kept.
 */
final class CarriedStates {

  /** A longer value is read again, or a full table of them would be a burden on the heap. */
  private static final int MAX_BYTES = 16 * 1024;

  /** Where 0, nothing is kept. A power of two else. */
  private final int slots;

  private final AtomicReferenceArray<@Nullable Entry> entries;

  /** A row under the bytes of its key. */
  @SuppressWarnings("ArrayRecordComponent") // compared by hand
  private record Entry(byte[] key, Row row) {}

  /** At most about so many rows. */
  CarriedStates(int atMost) {
    this.slots = atMost == 0 ? 0 : Integer.highestOneBit(Math.max(1, atMost));
    this.entries = new AtomicReferenceArray<>(slots);
  }

  @Nullable Row find(byte[] key) {
    Entry entry = slots == 0 ? null : entries.get(slot(key));
    return entry != null && Arrays.equals(entry.key(), key) ? entry.row() : null;
  }

  void keep(byte[] key, Row row) {
    if (slots > 0) {
      entries.set(slot(key), isSmall(row) ? new Entry(key, row) : null);
    }
  }

  void drop(byte[] key) {
    if (slots > 0) {
      int slot = slot(key);
      Entry entry = entries.get(slot);
      if (entry != null && Arrays.equals(entry.key(), key)) {
        entries.compareAndSet(slot, entry, null);
      }
    }
  }

  private int slot(byte[] key) {
    int hash = Arrays.hashCode(key) * 0x9E3779B9;
    return (hash ^ (hash >>> 16)) & (slots - 1);
  }

  private static boolean isSmall(Row row) {
    long bytes = 0;
    for (Object value : row.values()) {
      if (value instanceof byte[] array) {
        bytes += array.length;
      } else if (value instanceof CharSequence text) {
        bytes += 2L * text.length();
      }
    }
    return bytes <= MAX_BYTES;
  }
}
