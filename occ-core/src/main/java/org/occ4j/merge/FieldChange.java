/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.merge;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One field in which two states differ, with the values that people need to see to decide.
 *
 * <p>A null value means that the field is null or, in a map, absent.
 *
 * @param path the field's name; nested ones joined by dots, an element of a keyed list by its id,
 *     as in {@code lines[7].price}
 * @param base the value that both sides started from; null also when the base is not known
 * @param theirs the value that is stored now
 * @param mine the value that the losing edit would have stored
 */
public record FieldChange(
    String path, @Nullable Object base, @Nullable Object theirs, @Nullable Object mine) {

  /** Refuses a null path. */
  public FieldChange {
    Objects.requireNonNull(path, "path");
  }
}
