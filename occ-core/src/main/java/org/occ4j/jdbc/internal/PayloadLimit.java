/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal;

import java.math.BigDecimal;
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

  /** The bytes around a value in the text of a statement, and as many as a number takes. */
  private static final int QUOTES = 40;

  private static final String TOO_LONG = "22001";
  private static final byte[] NOTHING = {};

  /** Of a server in this process. */
  static final PayloadLimit NONE = new PayloadLimit(Long.MAX_VALUE, false, false);

  /** Of PostgreSQL. */
  static final PayloadLimit POSTGRESQL = new PayloadLimit(GIGABYTE - STATEMENT, false, false);

  /** The limit of a MariaDB server, behind this driver. */
  static PayloadLimit ofMariadb(Connection connection) throws SQLException {
    long packet = maxAllowedPacket(connection);
    return new PayloadLimit(
        packet - Math.min(STATEMENT, packet / 2), true, sendsHexadecimals(connection));
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
   * Why the values of a row cannot be sent.
   *
   * @param of the key of the row, or what else is to be said of it
   * @param tags how many bytes of tags go with them
   */
  public DataRejectedException refusal(
      String table, String of, long tags, @Nullable Object[] values) {
    long size = Arrays.stream(values).mapToLong(value -> bytesOf(value).length).sum();
    return new DataRejectedException(
        ("a value of " + size + " bytes" + (tags == 0 ? "" : " and tags of " + tags) + " for " + of)
            + (" is more than the server takes at once for " + table + ", some " + bytes)
            + ": nothing was sent",
        TOO_LONG,
        table,
        null,
        null,
        null);
  }

  /**
   * Whether the values of a row can be sent.
   *
   * @param besides how many bytes go with them, if there are more than is common
   */
  public boolean takes(long besides, @Nullable Object... values) {
    return besides + 2 * mostBytes(values) <= bytes
        || besides + Arrays.stream(values).mapToLong(this::sent).sum() <= bytes;
  }

  /** How many bytes values take at most in the text of a statement, whoever writes it. */
  public static long mostSent(@Nullable Object... values) {
    long most = 0;
    for (Object value : values) {
      most += QUOTES;
      if (value instanceof byte[] binary) {
        most += 2L * binary.length;
      } else if (value instanceof String text) {
        most += 3L * text.length(); // Who is escaped has one byte, and two then.
      } else if (value instanceof BigDecimal number) {
        most += number.precision() + Math.abs((long) number.scale());
      }
    }
    return most;
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
