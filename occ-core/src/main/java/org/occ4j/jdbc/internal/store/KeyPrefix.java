/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.store;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the keys of a scan begin with, as JDBC takes it.
 *
 * @param equal the contents of the first columns
 * @param from the least content of the column after them; null for any
 * @param below what that column's content is below; null for no end
 */
public record KeyPrefix(List<Object> equal, @Nullable Object from, @Nullable Object below) {
  /** Any keys. */
  public static final KeyPrefix NONE = new KeyPrefix(List.of(), null, null);

  /** Copies the list. */
  public KeyPrefix {
    equal = List.copyOf(equal);
  }
}
