/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.temporal.Temporal;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The engine behind a database, one of those that have statements: its names, its catalog, its
 * driver, its clock, and the pieces of SQL that all rooms write. The statements of a room are its
 * dialects'.
 *
 * <p>Immutable.
 */
public abstract class Engine {

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

  /** How the statements of a schema become one step that other nodes do not come between. */
  enum DdlMode {
    /** In a transaction, behind a lock of it. */
    IN_TRANSACTION,
    /** Under a lock of the session; each commits by itself. */
    UNDER_LOCK,
    /** One after the other; each commits by itself. */
    ONE_BY_ONE
  }

  /**
   * The way between a column of a time and whole microseconds since the epoch, in UTC.
   *
   * @param micros SQL that yields the microseconds of such a column, for {@code %s}
   * @param ofMicros SQL that yields the column's content, of the microseconds {@code %s}
   */
  public record TimeSql(String micros, String ofMicros) {}

  /**
   * What is known of a server beside its kind.
   *
   * @param version the server's own text about itself, for messages
   * @param identifierQuote the character around quoted identifiers
   * @param folding what an unquoted identifier means
   * @param nowMicros an SQL expression: the database clock in whole microseconds since the epoch,
   *     as BIGINT
   */
  public record Server(String version, String identifierQuote, Folding folding, String nowMicros) {}

  private final Server server;

  Engine(Server server) {
    this.server = server;
  }

  /** Its name, in capitals. */
  public abstract String name();

  /** The server's own text about itself, for messages. */
  public final String version() {
    return server.version();
  }

  /** An SQL expression: the database clock in whole microseconds since the epoch, as BIGINT. */
  public final String nowMicros() {
    return server.nowMicros();
  }

  // Names.

  /** Why it cannot hold a name, or null if it can. */
  abstract @Nullable String refusalOf(String identifier);

  /**
   * An identifier, quoted exactly as it is spelled.
   *
   * @throws org.occ4j.SchemaException if the engine cannot hold it
   */
  public final String quote(String identifier) {
    String quote = server.identifierQuote();
    return quote + Identifiers.require(identifier, this).replace(quote, quote.repeat(2)) + quote;
  }

  /** The spelling that a name has if it is written without quotes, where it may be. */
  public final String folded(String identifier) {
    return Identifiers.isPlain(identifier) ? server.folding().of(identifier) : identifier;
  }

  // Schema and catalog.

  /** What the server says of its tables, over this connection. */
  public abstract Catalog catalog(Connection connection);

  /** How the library's tables are made. */
  abstract DdlMode ddlMode();

  /** Whether the name of a new index is written with the schema. */
  boolean qualifiesIndexes() {
    return false;
  }

  /** Whether two names of columns that differ in case alone are one. */
  boolean ignoresCaseOfColumns() {
    return false;
  }

  // Driver.

  /**
   * Refuses a driver that the statements do not work with.
   *
   * @throws IllegalStateException naming the option that is in the way
   * @throws SQLException if the server does not answer
   */
  public abstract void checkDriver(Connection connection) throws SQLException;

  /**
   * How much the server takes at once.
   *
   * @throws SQLException if it does not answer
   */
  public abstract PayloadLimit payloadLimit(Connection connection) throws SQLException;

  /** Binds a UUID to a column of that type, or of text where the engine has none. */
  public void bindUuid(PreparedStatement statement, int index, Object uuid) throws SQLException {
    statement.setObject(index, uuid);
  }

  /**
   * Binds text that the server turns into the column's own type.
   *
   * @param type that type, as the catalog names it
   * @throws SQLException as the driver does
   */
  public void bindLiteral(PreparedStatement statement, int index, String text, String type)
      throws SQLException {
    statement.setString(index, text);
  }

  /** Prepares a transaction that removes rows, before its first statement. */
  public void beginPurge(Connection connection) throws SQLException {}

  /** What is selected of a column of a date or a time, so that {@link #readTime} can read it. */
  public String selectedTime(String column) {
    return column;
  }

  /** Binds a date or a time to a column that has the same fields. */
  public void bindTime(PreparedStatement statement, int index, Temporal time) throws SQLException {
    statement.setObject(index, time);
  }

  /** Reads a date or a time from a column that has the same fields, or null for NULL. */
  public <T extends Temporal> @Nullable T readTime(ResultSet row, int index, Class<T> type)
      throws SQLException {
    return row.getObject(index, type);
  }

  /** Whether a column of time with time zone keeps the offset that it was given. */
  public boolean keepsOffsets() {
    return false;
  }

  /** Whether a column of floating-point numbers keeps NaN and infinity. */
  public boolean keepsNonFinite() {
    return true;
  }

  /** Whether a text may have the character U+0000. */
  public boolean keepsZeroCharacter() {
    return true;
  }

  // Pieces of SQL.

  /** Text, as an expression that compares and orders as its bytes do. */
  public abstract String inByteOrder(String text);

  /** A NULL that is taken for a number. */
  public String nullNumber() {
    return "NULL";
  }

  /** An INSERT that answers these columns of its row. */
  public String answering(String insert, String columns) {
    return insert + " RETURNING " + columns;
  }

  /** A decimal number without digits after the point, as one of 64 bits where that matters. */
  public String asLong(String number) {
    return number;
  }

  /** How a column of this type, as the catalog names it, holds a time; null if it cannot. */
  public abstract @Nullable TimeSql timeSql(String type);
}
