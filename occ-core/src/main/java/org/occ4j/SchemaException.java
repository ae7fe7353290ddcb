/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j;

import org.jspecify.annotations.Nullable;

/**
 * The database and the statements do not fit each other: tables of this library are missing, or
 * lack a column, or hold it in a type that does not fit; a statement is wrong, names a relation
 * that is not there, or lacks a right. Nothing was changed, and sending it again will not help.
 *
 * <p>Where the library looked for its own tables, the message names each finding and ends with the
 * ways to have them made.
 */
public class SchemaException extends OccException {
  private static final long serialVersionUID = 1L;

  /** An exception with a message and, if there is one, a cause. */
  public SchemaException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
