/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import java.math.BigDecimal;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.occ4j.KeyCodec;
import org.occ4j.jdbc.Column;
import org.occ4j.jdbc.ColumnType;
import org.occ4j.jdbc.TableMapping;

/**
 * A row of a table of the application with a column of each type that drivers treat in their own
 * ways. Bytes are kept as hexadecimal digits, so that rows compare.
 */
record SmokeTask(
    String title,
    boolean done,
    int size,
    BigDecimal price,
    double ratio,
    String hex,
    String note,
    Times times) {

  /** Moments that drivers and sessions convert where they may. */
  record Times(Instant moment, LocalDateTime local, LocalDate day, LocalTime hour) {

    /** An hour that happens twice in Berlin, one that never does, and the last microsecond. */
    static final Times AWKWARD =
        new Times(
            Instant.parse("2026-10-25T00:30:00.123456Z"),
            LocalDateTime.parse("2026-03-29T02:30:00.000001"),
            LocalDate.parse("2024-02-29"),
            LocalTime.parse("23:59:59.999999"));
  }

  private static final Column<SmokeTask, String> TITLE =
      new Column<>("title", ColumnType.text(), SmokeTask::title);
  private static final Column<SmokeTask, Boolean> DONE =
      new Column<>("done", ColumnType.booleans(), SmokeTask::done);
  private static final Column<SmokeTask, Integer> SIZE =
      new Column<>("task_size", ColumnType.integers(), SmokeTask::size);
  private static final Column<SmokeTask, BigDecimal> PRICE =
      new Column<>("price", ColumnType.decimals(), SmokeTask::price);
  private static final Column<SmokeTask, Double> RATIO =
      new Column<>("ratio", ColumnType.doubles(), SmokeTask::ratio);
  private static final Column<SmokeTask, byte[]> PICTURE =
      new Column<>("picture", ColumnType.bytes(), task -> HexFormat.of().parseHex(task.hex));
  private static final Column<SmokeTask, String> NOTE =
      new Column<>("note", ColumnType.text(), SmokeTask::note);

  private static final Column<SmokeTask, Instant> MOMENT =
      new Column<>("moment", ColumnType.instants(), task -> task.times.moment());
  private static final Column<SmokeTask, LocalDateTime> LOCAL =
      new Column<>("local_time", ColumnType.localDateTimes(), task -> task.times.local());
  private static final Column<SmokeTask, LocalDate> DAY =
      new Column<>("on_day", ColumnType.localDates(), task -> task.times.day());
  private static final Column<SmokeTask, LocalTime> HOUR =
      new Column<>("at_hour", ColumnType.localTimes(), task -> task.times.hour());

  static final String TABLE = "smoke_task";

  /** The same without a version: its time of change tells its states apart. */
  static final String TIMED_TABLE = "smoke_timed";

  static SmokeTask of(String title) {
    return new SmokeTask(
        title, true, 7, new BigDecimal("12.50"), 0.25, "00ff5c27", "it's", Times.AWKWARD);
  }

  SmokeTask title(String other) {
    return new SmokeTask(other, !done, size + 1, price, ratio, hex, note, times);
  }

  static TableMapping<Long, SmokeTask> mapping() {
    return reading(mapping(TABLE).version("version").updatedAt("updated_at"));
  }

  static TableMapping<Long, SmokeTask> timedMapping() {
    return reading(mapping(TIMED_TABLE).updatedAt("updated_at"));
  }

  private static TableMapping.Builder<Long, SmokeTask> mapping(String table) {
    return TableMapping.<Long, SmokeTask>of(table)
        .key("id", KeyCodec.longs(), ColumnType.longs())
        .updatedBy("updated_by")
        .columns(List.of(TITLE, DONE, SIZE, PRICE, RATIO, PICTURE, NOTE, MOMENT, LOCAL, DAY, HOUR));
  }

  private static TableMapping<Long, SmokeTask> reading(
      TableMapping.Builder<Long, SmokeTask> builder) {
    return builder.reading(
        (id, row) ->
            new SmokeTask(
                row.require(TITLE),
                row.require(DONE),
                row.require(SIZE),
                row.require(PRICE),
                row.require(RATIO),
                HexFormat.of().formatHex(row.require(PICTURE)),
                text(row.get(NOTE)),
                new Times(
                    row.require(MOMENT), row.require(LOCAL), row.require(DAY), row.require(HOUR))));
  }

  private static String text(@Nullable String note) {
    return note == null ? "" : note;
  }

  static void createTables(TestDatabase database) throws SQLException {
    boolean isMariadb = database.jdbcUrl().matches("jdbc:(mariadb|mysql):.*");
    String time = isMariadb ? "DATETIME(6)" : "TIMESTAMP(6)";
    String zoned = isMariadb ? "DATETIME(3)" : "TIMESTAMP(3) WITH TIME ZONE";
    String moment = isMariadb ? time : "TIMESTAMP(6) WITH TIME ZONE";
    String bytes = database.engine() == Engine.POSTGRESQL ? "BYTEA" : "VARBINARY(100)";
    String rest =
        " NOT NULL, updated_by VARCHAR(50), title VARCHAR(100) NOT NULL, done BOOLEAN NOT NULL,"
            + " task_size INTEGER NOT NULL, price DECIMAL(12, 2) NOT NULL,"
            + (" ratio DOUBLE PRECISION NOT NULL, picture " + bytes + " NOT NULL,")
            + (" moment " + moment + " NOT NULL, local_time " + time + " NOT NULL,")
            + " on_day DATE NOT NULL, at_hour TIME(6) NOT NULL,"
            + " note VARCHAR(100), spare VARCHAR(100) DEFAULT 'untouched')";
    database.execute(
        "CREATE TABLE smoke_audit (text VARCHAR(100) NOT NULL)",
        "CREATE TABLE "
            + (TABLE + " (id BIGINT PRIMARY KEY, version BIGINT NOT NULL, updated_at ")
            + (time + rest),
        "CREATE TABLE " + TIMED_TABLE + " (id BIGINT PRIMARY KEY, updated_at " + zoned + rest);
  }
}
