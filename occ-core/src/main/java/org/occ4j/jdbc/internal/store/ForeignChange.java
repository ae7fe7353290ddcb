/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.store;

import java.util.List;

/**
 * The change that a write past the library makes, for the triggers that append it.
 *
 * @param table the change log's table, quoted
 * @param source the name of the store
 * @param key how the content of each key column becomes a part of the key's text
 */
public record ForeignChange(String table, String source, List<KeyText> key) {

  /** Copies the list. */
  public ForeignChange {
    key = List.copyOf(key);
  }

  /** What the text of a key's part is made of. */
  public enum KeyText {
    /** Text, as it is. */
    TEXT,
    /** A whole number, in decimal digits. */
    NUMBER,
    /** A UUID, in lower case. */
    UUID,
    /** A day, as {@code 2026-11-29}. */
    DAY
  }
}
