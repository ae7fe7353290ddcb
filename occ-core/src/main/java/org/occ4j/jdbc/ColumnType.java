/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.math.BigDecimal;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.occ4j.jdbc.internal.Catalog.CatalogColumn;
import org.occ4j.jdbc.internal.Engine;
import org.occ4j.jdbc.internal.store.ColumnBinding;

/**
 * How the values of a {@link Column} of a table that the application owns travel through JDBC.
 *
 * <p>Each content comes back as it went, or is refused: a column whose type cannot keep what the
 * type here has makes {@code OccDatabase.store} fail by its name, and a single content of which the
 * column would cut or round something makes the write fail with {@link
 * org.occ4j.DataRejectedException} before anything is sent. What a trigger, padding of CHAR and
 * BINARY, or the type's own spelling (as of {@code jsonb}) makes of a content is told by the state
 * that the write returns.
 *
 * <p>Immutable. The functions given to {@link #as} run outside of every transaction and hold no
 * connection.
 *
 * @param <T> the values as the application sees them; null is the SQL NULL
 */
public final class ColumnType<T> {

  private final ColumnKind kind;
  private final Function<? super T, ?> encode;
  private final Function<Object, ? extends T> decode;

  private ColumnType(
      ColumnKind kind, Function<? super T, ?> encode, Function<Object, ? extends T> decode) {
    this.kind = kind;
    this.encode = encode;
    this.decode = decode;
  }

  /**
   * Text, in Unicode: an unpaired surrogate is refused. In a column of another type, such as JSON
   * or an enumeration of PostgreSQL, the database makes that type of it.
   */
  public static ColumnType<String> text() {
    return of(String.class, new ColumnKind.Text(Types.VARCHAR, false));
  }

  /** Whole numbers of up to 64 bits. */
  public static ColumnType<Long> longs() {
    return of(
        Long.class,
        ColumnKind.whole(
            Types.BIGINT, (s, i, v) -> s.setLong(i, (Long) v), (row, i) -> row.getLong(i)));
  }

  /** Whole numbers of up to 32 bits. */
  public static ColumnType<Integer> integers() {
    return of(
        Integer.class,
        ColumnKind.whole(
            Types.INTEGER, (s, i, v) -> s.setInt(i, (Integer) v), (row, i) -> row.getInt(i)));
  }

  /** Whole numbers of up to 16 bits. */
  public static ColumnType<Short> shorts() {
    return of(
        Short.class,
        ColumnKind.whole(
            Types.SMALLINT, (s, i, v) -> s.setShort(i, (Short) v), (row, i) -> row.getShort(i)));
  }

  /**
   * Exact decimal numbers. One with more digits after the point than the column keeps is refused
   * and not rounded; what is read has as many of them as the column.
   */
  public static ColumnType<BigDecimal> decimals() {
    return of(
        BigDecimal.class,
        ColumnKind.decimal(
            Types.DECIMAL,
            (s, i, v) -> s.setBigDecimal(i, (BigDecimal) v),
            ResultSet::getBigDecimal));
  }

  /**
   * Floating-point numbers of 64 bits. MariaDB has no NaN and no infinity, which are refused there;
   * it and H2 make 0.0 of -0.0.
   */
  public static ColumnType<Double> doubles() {
    return of(
        Double.class,
        ColumnKind.floating(
            Types.DOUBLE, (s, i, v) -> s.setDouble(i, (Double) v), (row, i) -> row.getDouble(i)));
  }

  /** Truth values. */
  public static ColumnType<Boolean> booleans() {
    return of(
        Boolean.class,
        ColumnKind.plain(
            Types.BOOLEAN,
            (s, i, v) -> s.setBoolean(i, (Boolean) v),
            (row, i) -> row.getBoolean(i)));
  }

  /** Bytes. */
  public static ColumnType<byte[]> bytes() {
    return of(
        byte[].class,
        ColumnKind.binary(
            Types.VARBINARY, (s, i, v) -> s.setBytes(i, (byte[]) v), ResultSet::getBytes));
  }

  /** UUIDs, in a column of that type, or as text of 36 characters where the engine has none. */
  public static ColumnType<UUID> uuids() {
    return of(UUID.class, new UuidKind());
  }

  /**
   * Text that the database turns into the column's own type, such as JSON or an enumeration of
   * PostgreSQL. What is read is that type's text: {@code jsonb} has spaces, order and duplicates of
   * its own, and the state that a write returns has them too.
   */
  public static ColumnType<String> literals() {
    return of(String.class, new ColumnKind.Text(Types.OTHER, true));
  }

  /**
   * Constants of an enumeration by their names, in a column of text or of the database's own
   * enumerations. A name that is none of them makes reading fail with {@link
   * org.occ4j.CodecException}.
   */
  public static <E extends Enum<E>> ColumnType<E> enums(Class<E> type) {
    Objects.requireNonNull(type, "type");
    return text().as(name -> Enum.valueOf(type, name), Enum::name);
  }

  /**
   * Instants, in a column of date and time with a time zone, or without one, which then holds UTC.
   * On MariaDB DATETIME only. An instant finer than the column keeps is refused and neither cut nor
   * rounded; {@code instants().as(i -> i, i -> i.truncatedTo(MICROS))} says that it may be cut.
   */
  public static ColumnType<Instant> instants() {
    return of(Instant.class, new TimeKind<>(Instant.class));
  }

  /**
   * Dates with a time of day, in a column without a time zone; on MariaDB DATETIME. One finer than
   * the column keeps is refused.
   */
  public static ColumnType<LocalDateTime> localDateTimes() {
    return of(LocalDateTime.class, new TimeKind<>(LocalDateTime.class));
  }

  /**
   * Date, time and offset. Only H2 keeps the offset; on the other engines the mapping is refused,
   * for what comes back would not be what was stored. There use {@link #instants}.
   */
  public static ColumnType<OffsetDateTime> offsetDateTimes() {
    return of(OffsetDateTime.class, new TimeKind<>(OffsetDateTime.class));
  }

  /** Dates, in a column of DATE. */
  public static ColumnType<LocalDate> localDates() {
    return of(LocalDate.class, new TimeKind<>(LocalDate.class));
  }

  /** Times of day, in a column of TIME. One finer than the column keeps is refused. */
  public static ColumnType<LocalTime> localTimes() {
    return of(LocalTime.class, new TimeKind<>(LocalTime.class));
  }

  private static <T> ColumnType<T> of(Class<T> type, ColumnKind kind) {
    return new ColumnType<>(kind, Function.identity(), type::cast);
  }

  /**
   * The same column type, seen as another type of the application.
   *
   * @param read from what the column holds; never called with null
   * @param write to what the column holds; never called with null
   */
  public <U> ColumnType<U> as(
      Function<? super T, ? extends U> read, Function<? super U, ? extends T> write) {
    Objects.requireNonNull(read, "read");
    Objects.requireNonNull(write, "write");
    return new ColumnType<>(
        kind, (U value) -> encode.apply(write.apply(value)), raw -> read.apply(decode.apply(raw)));
  }

  /** The value as JDBC takes it. */
  @Nullable Object toRaw(@Nullable T value) {
    return value == null ? null : encode.apply(value);
  }

  /** The value that JDBC gave. */
  @Nullable T ofRaw(@Nullable Object raw) {
    return raw == null ? null : decode.apply(raw);
  }

  /** Whether its contents travel as text. */
  boolean isText() {
    return kind.isText();
  }

  /** Why the column cannot keep what this type has, or null if it can. */
  @Nullable String refusal(CatalogColumn column, Engine engine) {
    return kind.refusal(column, engine);
  }

  /**
   * Why the column would make something else of what {@link #toRaw} made, or null if it keeps it.
   */
  @Nullable String alteration(CatalogColumn column, @Nullable Object raw, Engine engine) {
    return raw == null ? null : kind.alteration(column, raw, engine);
  }

  /** What {@link #toRaw} made, as the column spells it, where that is known. */
  @Nullable Object spelled(CatalogColumn column, @Nullable Object raw, Engine engine) {
    return raw == null ? null : kind.spelled(column, raw, engine);
  }

  /** The way of what {@link #toRaw} makes and {@link #ofRaw} takes to this column and back. */
  ColumnBinding binding(CatalogColumn column, Engine of) {
    return new ColumnBinding() {
      @Override
      public String selected(String name) {
        return kind.selected(name, of);
      }

      @Override
      public boolean isText() {
        return kind.isText();
      }

      @Override
      public void bind(PreparedStatement statement, int index, @Nullable Object raw, Engine engine)
          throws SQLException {
        if (raw == null) {
          statement.setNull(index, kind.nullType(column));
        } else {
          kind.bind(statement, index, raw, engine, column);
        }
      }

      @Override
      public @Nullable Object read(ResultSet row, int index, Engine engine) throws SQLException {
        Object value = kind.read(row, index, engine, column);
        return row.wasNull() ? null : value;
      }
    };
  }

  /** UUIDs are bound by the engine's way and read as text. */
  private static final class UuidKind extends ColumnKind {
    UuidKind() {
      super(Types.OTHER);
    }

    @Override
    void bind(PreparedStatement statement, int index, Object uuid, Engine engine, CatalogColumn to)
        throws SQLException {
      engine.bindUuid(statement, index, uuid);
    }

    @Override
    @Nullable Object read(ResultSet row, int index, Engine engine, CatalogColumn column)
        throws SQLException {
      String text = row.getString(index);
      return text == null ? null : UUID.fromString(text);
    }
  }
}
