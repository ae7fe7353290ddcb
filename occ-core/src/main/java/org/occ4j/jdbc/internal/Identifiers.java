/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal;

import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.occ4j.SchemaException;

/**
 * The rules for names that go into SQL text, where they are quoted. Everything else is bound as a
 * parameter. A name is refused only where an engine cannot hold it, or would cut it silently.
 */
public final class Identifiers {
  /** What may stand in SQL without quotes; reserved words are not told apart. */
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

  /** The shortest that an engine has. */
  static final int POSTGRESQL_BYTES = 63;

  private static final int HASH_DIGITS = 8;

  private Identifiers() {}

  /**
   * The identifier, if some engine can hold it.
   *
   * @throws IllegalArgumentException if it is empty, or has U+0000 or half of a surrogate pair in
   *     it
   */
  public static String require(String identifier) {
    Objects.requireNonNull(identifier, "identifier");
    if (identifier.isEmpty()) {
      throw new IllegalArgumentException("an SQL identifier must not be empty");
    }
    if (identifier.indexOf('\0') >= 0
        || !StandardCharsets.UTF_8.newEncoder().canEncode(identifier)) {
      throw new IllegalArgumentException(
          "not an SQL identifier, for it has U+0000 or half of a surrogate pair in it: '"
              + identifier
              + "'");
    }
    return identifier;
  }

  /**
   * The identifier, if this engine can hold it.
   *
   * @throws SchemaException otherwise, naming it
   */
  public static String require(String identifier, Engine engine) {
    String reason = engine.refusalOf(require(identifier));
    if (reason != null) {
      throw new SchemaException("'" + identifier + "' is no name here: " + reason, null);
    }
    return identifier;
  }

  /** Why a name has too many characters, or null. */
  static @Nullable String tooLong(String identifier, String engine, int most) {
    return identifier.length() > most
        ? engine + " takes names of " + most + " characters, not " + identifier.length()
        : null;
  }

  /** Whether the name may stand in SQL without quotes. */
  public static boolean isPlain(String identifier) {
    return PLAIN.matcher(identifier).matches();
  }

  /**
   * The name, or where it is too long as much of it as the engine holds together with a hash of the
   * whole, so that two names that are cut stay two.
   */
  public static String shortened(String identifier, Engine engine) {
    if (engine.refusalOf(identifier) == null) {
      return identifier;
    }
    byte[] all = identifier.getBytes(StandardCharsets.UTF_8);
    String hash = UUID.nameUUIDFromBytes(all).toString().substring(0, HASH_DIGITS);
    int end = identifier.length();
    while (bytes(identifier.substring(0, end)) > POSTGRESQL_BYTES - 1 - HASH_DIGITS) {
      end = identifier.offsetByCodePoints(end, -1);
    }
    return identifier.substring(0, end) + "_" + hash;
  }

  /** How long it is as PostgreSQL counts. */
  static int bytes(String identifier) {
    return identifier.getBytes(StandardCharsets.UTF_8).length;
  }
}
