/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLDataException;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.format.DateTimeParseException;
import java.time.temporal.Temporal;
import org.jspecify.annotations.Nullable;

/** MariaDB, by its own driver or by MySQL's. */
public final class MariadbEngine extends Engine {
  private static final int NAME_CHARACTERS = 64;

  /** A server of this kind. */
  public MariadbEngine(Server server) {
    super(server);
  }

  @Override
  public boolean keepsNonFinite() {
    return false;
  }

  @Override
  public String name() {
    return "MARIADB";
  }

  @Override
  @Nullable String refusalOf(String identifier) {
    if (identifier.endsWith(" ")) {
      return "MariaDB has no names that end with a blank";
    }
    if (identifier.codePoints().anyMatch(Character::isSupplementaryCodePoint)) {
      return "MariaDB has no names with characters above U+FFFF";
    }
    if (identifier.indexOf('{') >= 0) {
      return "MySQL Connector/J takes a brace for an escape, within quotes too";
    }
    if (identifier.endsWith("\\") || identifier.contains("\\`")) {
      return "MySQL Connector/J takes a backslash before a backquote for an escape";
    }
    return Identifiers.tooLong(identifier, "MariaDB", NAME_CHARACTERS);
  }

  @Override
  public Catalog catalog(Connection connection) {
    return new MariadbCatalog(connection, this);
  }

  @Override
  DdlMode ddlMode() {
    return DdlMode.UNDER_LOCK;
  }

  @Override
  boolean ignoresCaseOfColumns() {
    return true;
  }

  @Override
  public void checkDriver(Connection connection) throws SQLException {
    MariadbBlock.requireUnprepared(connection);
  }

  @Override
  public PayloadLimit payloadLimit(Connection connection) throws SQLException {
    return PayloadLimit.ofMariadb(connection);
  }

  @Override
  public void bindUuid(PreparedStatement statement, int index, Object uuid) throws SQLException {
    statement.setString(index, uuid.toString());
  }

  @Override
  public void beginPurge(Connection connection) throws SQLException {
    // For the next transaction only. REPEATABLE READ would lock the gaps between rows that go, into
    // which others want to insert.
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED");
    }
  }

  /** As text that the server makes: drivers convert times by their options, as text too. */
  @Override
  public String selectedTime(String column) {
    return "CAST(" + column + " AS CHAR)";
  }

  @Override
  public void bindTime(PreparedStatement statement, int index, Temporal time) throws SQLException {
    statement.setString(index, time.toString().replace('T', ' '));
  }

  @Override
  public <T extends Temporal> @Nullable T readTime(ResultSet row, int index, Class<T> type)
      throws SQLException {
    String text = row.getString(index);
    try {
      return text == null ? null : type.cast(parsed(text, type));
    } catch (DateTimeParseException noTime) {
      throw new SQLDataException("not a " + type.getSimpleName() + ": " + text, "22007", noTime);
    }
  }

  private static Temporal parsed(String text, Class<?> type) {
    if (type == LocalDateTime.class) {
      return LocalDateTime.parse(text.replace(' ', 'T'));
    }
    return type == LocalDate.class ? LocalDate.parse(text) : LocalTime.parse(text);
  }

  /** As it is: a column whose collation orders otherwise was refused. */
  @Override
  public String inByteOrder(String text) {
    return text;
  }

  @Override
  public @Nullable TimeSql timeSql(String type) {
    return type.equals("datetime")
        ? new TimeSql(
            "TIMESTAMPDIFF(MICROSECOND, TIMESTAMP'1970-01-01 00:00:00', %s)",
            "TIMESTAMPADD(MICROSECOND, %s, TIMESTAMP'1970-01-01 00:00:00')")
        : null;
  }
}
