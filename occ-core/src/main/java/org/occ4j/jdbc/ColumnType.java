/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.math.BigDecimal;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.occ4j.jdbc.internal.Engine;
import org.occ4j.jdbc.internal.store.ColumnBinding;

/**
 * How the values of a {@link Column} of a table that the application owns travel through JDBC.
 *
 * <p>Immutable. The functions given to {@link #as} run outside of every transaction and hold no
 * connection.
 *
 * @param <T> the values as the application sees them; null is the SQL NULL
 */
public final class ColumnType<T> {

  private interface Binder {
    void bind(PreparedStatement statement, int index, Object value, Engine engine)
        throws SQLException;
  }

  private interface Reader {
    @Nullable Object read(ResultSet row, int index) throws SQLException;
  }

  private final Binder binder;
  private final Reader reader;
  private final int jdbcType;
  private final boolean isText;
  private final Function<? super T, ?> encode;
  private final Function<Object, ? extends T> decode;

  private ColumnType(
      Binder binder,
      Reader reader,
      int jdbcType,
      boolean isText,
      Function<? super T, ?> encode,
      Function<Object, ? extends T> decode) {
    this.binder = binder;
    this.reader = reader;
    this.jdbcType = jdbcType;
    this.isText = isText;
    this.encode = encode;
    this.decode = decode;
  }

  /** Text. */
  public static ColumnType<String> text() {
    return plain(
        String.class,
        Types.VARCHAR,
        (s, i, v, e) -> s.setString(i, (String) v),
        ResultSet::getString);
  }

  /** Whole numbers of up to 64 bits. */
  public static ColumnType<Long> longs() {
    return plain(
        Long.class, Types.BIGINT, (s, i, v, e) -> s.setLong(i, (Long) v), ResultSet::getLong);
  }

  /** Whole numbers of up to 32 bits. */
  public static ColumnType<Integer> integers() {
    return plain(
        Integer.class, Types.INTEGER, (s, i, v, e) -> s.setInt(i, (Integer) v), ResultSet::getInt);
  }

  /** Exact decimal numbers. */
  public static ColumnType<BigDecimal> decimals() {
    return plain(
        BigDecimal.class,
        Types.DECIMAL,
        (s, i, v, e) -> s.setBigDecimal(i, (BigDecimal) v),
        ResultSet::getBigDecimal);
  }

  /** Floating-point numbers. */
  public static ColumnType<Double> doubles() {
    return plain(
        Double.class,
        Types.DOUBLE,
        (s, i, v, e) -> s.setDouble(i, (Double) v),
        ResultSet::getDouble);
  }

  /** Truth values. */
  public static ColumnType<Boolean> booleans() {
    return plain(
        Boolean.class,
        Types.BOOLEAN,
        (s, i, v, e) -> s.setBoolean(i, (Boolean) v),
        ResultSet::getBoolean);
  }

  /** Bytes. */
  public static ColumnType<byte[]> bytes() {
    return plain(
        byte[].class,
        Types.VARBINARY,
        (s, i, v, e) -> s.setBytes(i, (byte[]) v),
        ResultSet::getBytes);
  }

  /** UUIDs, in a column of that type, or as text of 36 characters where the engine has none. */
  public static ColumnType<UUID> uuids() {
    return plain(
        UUID.class,
        Types.OTHER,
        (s, i, v, e) -> e.bindUuid(s, i, v),
        (row, i) -> {
          String text = row.getString(i);
          return text == null ? null : UUID.fromString(text);
        });
  }

  /**
   * Text that the database turns into the column's own type, such as JSON or an enumeration of
   * PostgreSQL.
   */
  public static ColumnType<String> literals() {
    return plain(
        String.class,
        Types.OTHER,
        (s, i, v, e) -> e.bindLiteral(s, i, (String) v),
        ResultSet::getString);
  }

  private static <T> ColumnType<T> plain(
      Class<T> type, int jdbcType, Binder binder, Reader reader) {
    return new ColumnType<>(
        binder, reader, jdbcType, type == String.class, Function.identity(), type::cast);
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
        binder,
        reader,
        jdbcType,
        isText,
        (U value) -> encode.apply(write.apply(value)),
        raw -> read.apply(decode.apply(raw)));
  }

  /** The value as JDBC takes it. */
  @Nullable Object toRaw(@Nullable T value) {
    return value == null ? null : encode.apply(value);
  }

  /** The value that JDBC gave. */
  @Nullable T ofRaw(@Nullable Object raw) {
    return raw == null ? null : decode.apply(raw);
  }

  /** The way of what {@link #toRaw} makes and {@link #ofRaw} takes. */
  ColumnBinding binding() {
    return new ColumnBinding() {
      @Override
      public boolean isText() {
        return isText;
      }

      @Override
      public void bind(PreparedStatement statement, int index, @Nullable Object raw, Engine engine)
          throws SQLException {
        if (raw == null) {
          statement.setNull(index, jdbcType == Types.OTHER ? Types.NULL : jdbcType);
        } else {
          binder.bind(statement, index, raw, engine);
        }
      }

      @Override
      public @Nullable Object read(ResultSet row, int index) throws SQLException {
        Object value = reader.read(row, index);
        return row.wasNull() ? null : value;
      }
    };
  }
}
