/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.h2;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.occ4j.Timestamps;
import org.occ4j.jdbc.internal.store.ForeignChange.KeyText;
import org.occ4j.jdbc.internal.store.H2TriggerSettings;

/** A row that a trigger is given, read and changed by the names of its columns. */
record WrittenRow(H2TriggerSettings settings, ResultSet row) {

  /** Names are compared exactly, which JDBC's own look-up does not do. */
  private int index(String column) throws SQLException {
    ResultSetMetaData columns = row.getMetaData();
    for (int i = 1; i <= columns.getColumnCount(); i++) {
      if (columns.getColumnName(i).equals(column)) {
        return i;
      }
    }
    throw new SQLException(
        "column " + column + " is gone; run the statements of foreignWriteTriggers again");
  }

  // Raising.

  /** Raises what an update left as it was, as a write of the library does. */
  void raiseOver(WrittenRow old, Connection connection) throws SQLException {
    String version = settings.version();
    if (version != null && isAsIn(old, version)) {
      long next = old.version() + 1;
      row.updateLong(index(version), settings.byClock() ? Math.max(next, now(connection)) : next);
    }
    String time = settings.time();
    if (time != null && isAsIn(old, time)) {
      int column = index(time);
      long now = now(connection);
      long truncated = now - Math.floorMod(now, settings.tick());
      Long last = old.micros(time);
      long next = last == null ? truncated : Math.max(truncated, last + settings.tick());
      OffsetDateTime content = Timestamps.ofMicros(next).atOffset(ZoneOffset.UTC);
      row.updateObject(column, hasZone(column) ? content : content.toLocalDateTime());
    }
  }

  private boolean isAsIn(WrittenRow old, String column) throws SQLException {
    int index = index(column);
    return Objects.equals(old.row.getObject(index), row.getObject(index));
  }

  private long now(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet clock = statement.executeQuery("SELECT " + settings.now())) {
      clock.next();
      return clock.getLong(1);
    }
  }

  private boolean hasZone(int column) throws SQLException {
    return row.getMetaData().getColumnType(column) == Types.TIMESTAMP_WITH_TIMEZONE;
  }

  /** A column's time in microseconds, or null; a time without a zone is of UTC. */
  private @Nullable Long micros(String time) throws SQLException {
    int column = index(time);
    if (hasZone(column)) {
      OffsetDateTime at = row.getObject(column, OffsetDateTime.class);
      return at == null ? null : Timestamps.toMicros(at.toInstant());
    }
    LocalDateTime at = row.getObject(column, LocalDateTime.class);
    return at == null ? null : Timestamps.toMicros(at.toInstant(ZoneOffset.UTC));
  }

  // Telling.

  /** The version as the library counts it, where it may be NULL too. */
  long version() throws SQLException {
    String version = settings.version();
    if (version != null) {
      return row.getLong(index(version));
    }
    Long micros = micros(Objects.requireNonNull(settings.time(), "one of them is there"));
    return micros == null ? 0 : micros;
  }

  @Nullable String updatedBy() throws SQLException {
    String column = settings.updatedBy();
    return column == null ? null : row.getString(index(column));
  }

  /** The key's text, as its codec makes it. */
  String key() throws SQLException {
    List<String> parts = new ArrayList<>();
    boolean single = settings.key().size() == 1;
    for (Map.Entry<String, KeyText> part : settings.key().entrySet()) {
      String text = text(index(part.getKey()), part.getValue());
      parts.add(single ? text : text.replace("%", "%25").replace(":", "%3A"));
    }
    return String.join(":", parts);
  }

  private String text(int column, KeyText kind) throws SQLException {
    return switch (kind) {
      case TEXT -> row.getString(column);
      case NUMBER -> String.valueOf(row.getLong(column));
      case UUID -> uuid(column);
      case DAY -> row.getObject(column, LocalDate.class).toString();
    };
  }

  private String uuid(int column) throws SQLException {
    return row.getObject(column, java.util.UUID.class).toString().toLowerCase(Locale.ROOT);
  }
}
