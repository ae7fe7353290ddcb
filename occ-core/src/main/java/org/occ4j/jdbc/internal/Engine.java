/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal;

import java.util.Locale;

/**
 * The engine behind a database, one of those that have statements: how it quotes and folds names,
 * and its clock.
 *
 * <p>Immutable.
 *
 * @param family which statements it gets
 * @param version the server's own text about itself, for messages
 * @param identifierQuote the character around quoted identifiers
 * @param folding what an unquoted identifier means
 * @param nowMicros an SQL expression: the database clock in whole microseconds since the epoch, as
 *     BIGINT
 */
public record Engine(
    Family family, String version, String identifierQuote, Folding folding, String nowMicros) {

  /** The engines that have statements. */
  public enum Family {
    /** H2, embedded or served. */
    H2,
    /** PostgreSQL itself. */
    POSTGRESQL,
    /** MariaDB. */
    MARIADB;

    /** The name of this family's schema file, without its ending. */
    String resourceName() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** What an identifier without quotes means to a server. */
  public enum Folding {
    /** Its upper-case spelling. */
    UPPER,
    /** Its lower-case spelling. */
    LOWER,
    /** What is written. */
    NONE;

    String of(String identifier) {
      return switch (this) {
        case UPPER -> identifier.toUpperCase(Locale.ROOT);
        case LOWER -> identifier.toLowerCase(Locale.ROOT);
        case NONE -> identifier;
      };
    }
  }

  /**
   * An identifier, quoted exactly as it is spelled.
   *
   * @throws org.occ4j.SchemaException if the engine cannot hold it
   */
  public String quote(String identifier) {
    return identifierQuote
        + Identifiers.require(identifier, family)
            .replace(identifierQuote, identifierQuote.repeat(2))
        + identifierQuote;
  }

  /** The spelling that a name has if it is written without quotes, where it may be. */
  public String folded(String identifier) {
    return Identifiers.isPlain(identifier) ? folding.of(identifier) : identifier;
  }
}
