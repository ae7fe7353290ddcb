/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.merge;

import java.util.Arrays;
import java.util.List;

/** What declarations say about a path, as far as they say anything. */
final class DeclaredTypes {
  private DeclaredTypes() {}

  /**
   * The declared type of the field at this path, or {@link Object} where the declarations do not
   * reach.
   *
   * @throws IllegalArgumentException if a record on the way has no such field, or a name is empty
   */
  static Class<?> of(Fields root, String path) {
    List<String> names = Arrays.asList(path.split("\\.", -1));
    if (names.contains("")) {
      throw new IllegalArgumentException("empty name in the path '" + path + "'");
    }
    Class<?> type = root.type();
    for (String name : names) {
      if (!type.isRecord()) {
        return Object.class;
      }
      type = RecordFields.of(type).declared(name);
    }
    return type;
  }
}
