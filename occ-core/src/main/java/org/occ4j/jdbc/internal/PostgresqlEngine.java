/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import org.jspecify.annotations.Nullable;

/** PostgreSQL itself. */
public final class PostgresqlEngine extends Engine {

  /** A server of this kind. */
  public PostgresqlEngine(Server server) {
    super(server);
  }

  @Override
  public boolean keepsZeroCharacter() {
    return false;
  }

  @Override
  public String name() {
    return "POSTGRESQL";
  }

  @Override
  @Nullable String refusalOf(String identifier) {
    int bytes = Identifiers.bytes(identifier);
    return bytes > Identifiers.POSTGRESQL_BYTES
        ? "PostgreSQL keeps 63 bytes of a name and would cut its " + bytes
        : null;
  }

  @Override
  public Catalog catalog(Connection connection) {
    return new PostgresqlCatalog(connection, this);
  }

  @Override
  DdlMode ddlMode() {
    return DdlMode.IN_TRANSACTION;
  }

  @Override
  public void checkDriver(Connection connection) throws SQLException {
    PostgresqlDriver.check(connection);
  }

  @Override
  public PayloadLimit payloadLimit(Connection connection) {
    return PayloadLimit.POSTGRESQL;
  }

  @Override
  public void bindLiteral(PreparedStatement statement, int index, String text, String type)
      throws SQLException {
    statement.setObject(index, text, Types.OTHER);
  }

  @Override
  public String inByteOrder(String text) {
    return text + " COLLATE \"C\"";
  }

  /** A bare NULL is taken for text where a later part of the statement computes with it. */
  @Override
  public String nullNumber() {
    return "CAST(NULL AS BIGINT)";
  }

  @Override
  public String asLong(String number) {
    return "CAST(" + number + " AS BIGINT)";
  }

  @Override
  public @Nullable TimeSql timeSql(String type) {
    if (!type.startsWith("timestamp")) {
      return null;
    }
    String epoch =
        (type.equals("timestamp with time zone") ? "TIMESTAMPTZ" : "TIMESTAMP") + " 'epoch'";
    return new TimeSql(
        "CAST(EXTRACT(EPOCH FROM %s) * 1000000 AS BIGINT)",
        "(" + epoch + " + (%s) * INTERVAL '1 microsecond')");
  }
}
