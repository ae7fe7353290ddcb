/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** H2, embedded or served. */
public final class H2Engine extends Engine {
  private static final int NAME_CHARACTERS = 256;

  /** A server of this kind. */
  public H2Engine(Server server) {
    super(server);
  }

  @Override
  public String name() {
    return "H2";
  }

  @Override
  @Nullable String refusalOf(String identifier) {
    return Identifiers.tooLong(identifier, "H2", NAME_CHARACTERS);
  }

  @Override
  public Catalog catalog(Connection connection) {
    return new H2Catalog(connection, this);
  }

  @Override
  DdlMode ddlMode() {
    return DdlMode.ONE_BY_ONE;
  }

  @Override
  boolean qualifiesIndexes() {
    return true;
  }

  @Override
  public void checkDriver(Connection connection) {}

  @Override
  public PayloadLimit payloadLimit(Connection connection) {
    return PayloadLimit.NONE;
  }

  /** Text given to a column of JSON would become a JSON string; bytes are taken for JSON itself. */
  @Override
  public void bindLiteral(PreparedStatement statement, int index, String text, String type)
      throws SQLException {
    if (type.equals("json")) {
      statement.setBytes(index, text.getBytes(StandardCharsets.UTF_8));
    } else {
      statement.setString(index, text);
    }
  }

  @Override
  public String answering(String insert, String columns) {
    return "SELECT " + columns + " FROM FINAL TABLE (" + insert + ")";
  }

  @Override
  public boolean keepsOffsets() {
    return true;
  }

  @Override
  public String inByteOrder(String text) {
    return "STRINGTOUTF8(" + text + ")";
  }

  @Override
  public @Nullable TimeSql timeSql(String type) {
    if (!type.startsWith("timestamp")) {
      return null;
    }
    String epoch =
        type.equals("timestamp with time zone")
            ? "TIMESTAMP WITH TIME ZONE '1970-01-01 00:00:00+00'"
            : "TIMESTAMP '1970-01-01 00:00:00'";
    return new TimeSql(
        "CAST(EXTRACT(EPOCH FROM %s) * 1000000 AS BIGINT)",
        "DATEADD(MICROSECOND, %s, " + epoch + ")");
  }
}
