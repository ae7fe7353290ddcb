/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoField;
import java.time.temporal.Temporal;
import org.jspecify.annotations.Nullable;
import org.occ4j.jdbc.internal.Catalog.CatalogColumn;
import org.occ4j.jdbc.internal.Engine;

/**
 * Dates and times. They travel as the types of {@code java.time} that have what the column has, no
 * more and no less, so neither a driver's rounding nor a session's time zone touches them.
 *
 * @param <T> the type as the application sees it
 */
final class TimeKind<T extends Temporal> extends ColumnKind {
  private static final int NANO_DIGITS = 9;

  /** Beyond these an instant has no date and time. */
  private static final Instant FIRST = LocalDateTime.MIN.toInstant(ZoneOffset.UTC);

  private static final Instant LAST = LocalDateTime.MAX.toInstant(ZoneOffset.UTC);

  private final Class<T> type;

  TimeKind(Class<T> type) {
    super(Types.NULL);
    this.type = type;
  }

  @Override
  @Nullable String refusal(CatalogColumn column, Engine engine) {
    boolean holdsDateAndTime = engine.timeSql(column.type()) != null;
    boolean fits;
    if (type == Instant.class) {
      fits = holdsDateAndTime;
    } else if (type == LocalDateTime.class) {
      fits = holdsDateAndTime && !hasZone(column);
    } else if (type == OffsetDateTime.class) {
      fits = holdsDateAndTime && hasZone(column) && engine.keepsOffsets();
    } else if (type == LocalDate.class) {
      fits = column.type().equals("date");
    } else {
      fits = column.type().equals("time") || column.type().equals("time without time zone");
    }
    return fits ? null : "does not keep a " + type.getSimpleName() + " as it is";
  }

  private static boolean hasZone(CatalogColumn column) {
    return column.type().endsWith("with time zone");
  }

  @Override
  @Nullable String alteration(CatalogColumn column, Object content, Engine engine) {
    if (type == LocalDate.class) {
      return null;
    }
    if (content instanceof Instant instant && (instant.isBefore(FIRST) || instant.isAfter(LAST))) {
      return "keeps years of nine digits, and " + instant + " has more";
    }
    int digits = column.digits() == null ? 0 : column.digits();
    long unit = (long) Math.pow(10, Math.max(0, NANO_DIGITS - digits));
    return ((Temporal) content).getLong(ChronoField.NANO_OF_SECOND) % unit == 0
        ? null
        : "keeps " + digits + " digits of a second, and " + content + " has more";
  }

  @Override
  String selected(String column, Engine engine) {
    return engine.selectedTime(column);
  }

  @Override
  void bind(PreparedStatement statement, int index, Object content, Engine engine, CatalogColumn to)
      throws SQLException {
    Temporal sent = (Temporal) content;
    if (sent instanceof Instant instant) {
      sent =
          hasZone(to)
              ? instant.atOffset(ZoneOffset.UTC)
              : LocalDateTime.ofInstant(instant, ZoneOffset.UTC);
    }
    engine.bindTime(statement, index, sent);
  }

  @Override
  @Nullable Object read(ResultSet row, int index, Engine engine, CatalogColumn column)
      throws SQLException {
    if (type != Instant.class) {
      return engine.readTime(row, index, type);
    }
    if (hasZone(column)) {
      OffsetDateTime read = engine.readTime(row, index, OffsetDateTime.class);
      return read == null ? null : read.toInstant();
    }
    LocalDateTime read = engine.readTime(row, index, LocalDateTime.class);
    return read == null ? null : read.toInstant(ZoneOffset.UTC);
  }
}
