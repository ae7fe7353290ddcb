/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.math.BigDecimal;
import java.time.LocalDateTime;
import java.util.List;
import org.occ4j.KeyCodec;

/**
 * A table that spells values in a way of its own: decimals with two digits after the point, texts
 * and bytes with padding, zeros without a sign, times with or without a fraction. A value is all of
 * them with bars between them.
 */
final class OfferTable {
  private static final Column<String, BigDecimal> PRICE =
      new Column<>("price", ColumnType.decimals(), value -> new BigDecimal(part(value, 0)));
  private static final Column<String, String> CODE =
      new Column<>("code", ColumnType.text(), value -> part(value, 1));
  private static final Column<String, Double> RATIO =
      new Column<>("ratio", ColumnType.doubles(), value -> Double.valueOf(part(value, 2)));
  private static final Column<String, byte[]> MARK =
      new Column<>("mark", ColumnType.bytes(), value -> part(value, 3).getBytes(UTF_8));
  private static final Column<String, LocalDateTime> MOMENT =
      new Column<>(
          "moment", ColumnType.localDateTimes(), value -> LocalDateTime.parse(part(value, 4)));
  private static final Column<String, BigDecimal> COUNT =
      new Column<>("count", ColumnType.decimals(), value -> new BigDecimal(part(value, 5)));

  private OfferTable() {}

  private static String part(String value, int number) {
    return value.split("\\|", -1)[number];
  }

  static String ddl(EngineProfile.Family engine) {
    boolean isMariadb = engine == EngineProfile.Family.MARIADB;
    String exact = isMariadb ? " COLLATE utf8mb4_nopad_bin" : "";
    String bytes = engine == EngineProfile.Family.POSTGRESQL ? "BYTEA" : "BINARY(4)";
    String time = isMariadb ? "DATETIME(6)" : "TIMESTAMP(6)";
    return ("CREATE TABLE offer (id VARCHAR(40)" + exact + " PRIMARY KEY, version BIGINT NOT NULL,")
        + (" price NUMERIC(12, 2), code CHAR(5), ratio DOUBLE PRECISION, mark " + bytes)
        + (", moment " + time + ", \"count\" BIGINT)").replace('"', isMariadb ? '`' : '"');
  }

  static TableMapping<String, String> mapping() {
    return TableMapping.<String, String>of("offer")
        .key("id", KeyCodec.strings(), ColumnType.text())
        .version("version")
        .columns(List.of(PRICE, CODE, RATIO, MARK, MOMENT, COUNT))
        .reading((key, row) -> read(row));
  }

  private static String read(MappedRow row) {
    return String.join(
        "|",
        row.require(PRICE).toString(),
        row.require(CODE),
        row.require(RATIO).toString(),
        new String(row.require(MARK), UTF_8),
        row.require(MOMENT).toString(),
        row.require(COUNT).toString());
  }

  /** A value of this price as somebody writes it who does not think of the table. */
  static String offer(String price) {
    return price + "|\u00e4b |-0.0|x|2026-11-30T12:00:00.5|7.0";
  }

  /** The edit that raises the price by a half, and writes no more zeros than it must. */
  static String raised(String value) {
    BigDecimal price = new BigDecimal(part(value, 0)).add(new BigDecimal("0.5"));
    return offer(price.stripTrailingZeros().toString());
  }
}
