/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.store;

/**
 * The change that a write past the library makes, for the triggers that append it.
 *
 * @param table the change log's table, quoted
 * @param source the name of the store
 * @param key how the key column's content becomes the key's text
 */
public record ForeignChange(String table, String source, KeyText key) {

  /** What the text of a key is made of. */
  public enum KeyText {
    /** Text, as it is. */
    TEXT,
    /** A whole number, in decimal digits. */
    NUMBER,
    /** A UUID, in lower case. */
    UUID
  }
}
