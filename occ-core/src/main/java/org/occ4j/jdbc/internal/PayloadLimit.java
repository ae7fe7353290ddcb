/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.occ4j.DataRejectedException;

/**
 * How much the server takes at once. A request that is larger costs the connection, and some
 * drivers cannot tell it from one that was carried out; so it is never sent.
 *
 * @param bytes how many bytes the values of one row may have on the wire
 * @param escaped whether values are part of the text of a statement, where some bytes become two
 * @param hexadecimal whether the driver writes every byte as two digits
 */
public record PayloadLimit(long bytes, boolean escaped, boolean hexadecimal) {
  /** For the statement around the values, its keys, tags and names among it. */
  private static final int STATEMENT = 16_384;

  /** PostgreSQL: one field, and one row, in memory. */
  private static final long GIGABYTE = 1L << 30;

  private static final String TOO_LONG = "22001";
  private static final byte[] NOTHING = {};

  /** Of a server in this process. */
  static final PayloadLimit NONE = new PayloadLimit(Long.MAX_VALUE, false, false);

  /** Of PostgreSQL. */
  static final PayloadLimit POSTGRESQL = new PayloadLimit(GIGABYTE - STATEMENT, false, false);

  /** The limit of a MariaDB server, behind this driver. */
  static PayloadLimit ofMariadb(Connection connection) throws SQLException {
    return new PayloadLimit(
        maxAllowedPacket(connection) - STATEMENT, true, sendsHexadecimals(connection));
  }

  /** MySQL Connector/J writes each byte as two digits. */
  private static boolean sendsHexadecimals(Connection connection) throws SQLException {
    return connection.getMetaData().getDriverName().startsWith("MySQL");
  }

  private static long maxAllowedPacket(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT @@max_allowed_packet")) {
      Results.require(row.next(), "no row where one was asked for");
      return row.getLong(1);
    }
  }

  /**
   * Makes sure that the values of a row can be sent.
   *
   * @throws DataRejectedException if they are too many bytes
   */
  public void require(String table, @Nullable Object[] values) {
    if (!takes(values)) {
      long size = Arrays.stream(values).mapToLong(value -> bytesOf(value).length).sum();
      throw new DataRejectedException(
          ("a value of " + size + " bytes is more than the server takes at once for " + table)
              + (", some " + bytes + ": nothing was sent"),
          TOO_LONG,
          table,
          null,
          null,
          null);
    }
  }

  /** Whether the values of a row can be sent. */
  public boolean takes(@Nullable Object... values) {
    return 2 * mostBytes(values) <= bytes
        || Arrays.stream(values).mapToLong(this::sent).sum() <= bytes;
  }

  /** How many bytes values have at most, before any of them is escaped. */
  public static long mostBytes(@Nullable Object... values) {
    long most = 0;
    for (Object value : values) {
      if (value instanceof byte[] binary) {
        most += binary.length;
      } else if (value instanceof String text) {
        most += 3L * text.length();
      }
    }
    return most;
  }

  private long sent(@Nullable Object value) {
    byte[] raw = bytesOf(value);
    if (hexadecimal && value instanceof byte[]) {
      return 2L * raw.length;
    }
    return escaped ? escaped(raw) : raw.length;
  }

  private static byte[] bytesOf(@Nullable Object value) {
    if (value instanceof byte[] binary) {
      return binary;
    }
    return value instanceof String text ? text.getBytes(StandardCharsets.UTF_8) : NOTHING;
  }

  private static long escaped(byte[] value) {
    long size = value.length;
    for (byte one : value) {
      switch (one) {
        case 0, '\n', '\r', '\\', '\'', '"', 26 -> size++;
        default -> {}
      }
    }
    return size;
  }
}
