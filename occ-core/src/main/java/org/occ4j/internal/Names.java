/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.internal;

import java.util.Locale;

/** How the names of a program become those of a database. */
public final class Names {
  private Names() {}

  /** {@code dueOn} as {@code due_on}, {@code HTTPStatus} as {@code http_status}. */
  public static String snakeCase(String name) {
    return name.replaceAll("(?<=[\\p{Ll}\\p{N}])(?=\\p{Lu})|(?<=\\p{Lu})(?=\\p{Lu}\\p{Ll})", "_")
        .toLowerCase(Locale.ROOT);
  }
}
