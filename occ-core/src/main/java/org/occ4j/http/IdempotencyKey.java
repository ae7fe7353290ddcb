/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.http;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the value of the header {@code Idempotency-Key}: a string of RFC 8941, its parameters
 * dropped, or the bare key, as many clients send it.
 */
final class IdempotencyKey {
  private static final Pattern STRING =
      Pattern.compile("\"((?:[^\"\\\\]|\\\\[\"\\\\])*+)\"[ \t]*+(?:;.*+)?");

  /** A list or parameters would be read as part of a bare key. */
  private static final Pattern BARE = Pattern.compile("[^\",; \t]++");

  private static final Pattern ESCAPE = Pattern.compile("\\\\(.)");

  private IdempotencyKey() {}

  /** The key, or null if the value is neither. */
  static @Nullable String text(String value) {
    String text = value.strip();
    Matcher string = STRING.matcher(text);
    if (string.matches()) {
      return ESCAPE.matcher(string.group(1)).replaceAll("$1");
    }
    return BARE.matcher(text).matches() ? text : null;
  }
}
