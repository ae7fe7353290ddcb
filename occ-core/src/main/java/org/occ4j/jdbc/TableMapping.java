/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.lang.invoke.MethodHandles;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.occ4j.KeyCodec;
import org.occ4j.jdbc.internal.Identifiers;

/**
 * How the rows of a table that the application already has are the states of a store.
 *
 * <pre>{@code
 * Column<Task, String> title = new Column<>("title", ColumnType.text(), Task::title);
 * Column<Task, Boolean> done = new Column<>("done", ColumnType.booleans(), Task::done);
 *
 * TableMapping<Long, Task> tasks =
 *     TableMapping.<Long, Task>of("task")
 *         .key("id", KeyCodec.longs(), ColumnType.longs())
 *         .version("version")
 *         .updatedAt("updated_at")
 *         .updatedBy("updated_by")
 *         .columns(List.of(title, done))
 *         .reading((id, row) -> new Task(id, row.require(title), row.require(done)));
 * }</pre>
 *
 * <p>The values of {@link #record} are records, mapped by the names of their components.
 *
 * <p>Only the named columns are read and written; the others keep what they hold, or get their
 * defaults in a new row. The table needs a primary key or unique index on the columns of the key
 * and no other, and a version column, an updated_at column, or both, none of them NULL. A table
 * with {@code updated_at} alone has its microseconds since the epoch as versions. What {@code
 * OccDatabase.store} asks of the columns is said at {@link Builder#version}, {@link
 * Builder#updatedAt} and {@link Builder#key}; what does not fit is refused there, by name, when the
 * store is made.
 *
 * <p>Whoever else writes the table must raise the version column or {@code updated_at} in each
 * statement; a statement that leaves them as they are is not seen by the expectation of a later
 * write. See {@link OccDatabase#foreignWriteTriggers}.
 *
 * <p>Immutable.
 *
 * @param <K> the keys
 * @param <V> the values
 */
public final class TableMapping<K, V> {
  private final Builder<K, V> parts;
  private final BiFunction<? super K, ? super MappedRow, ? extends V> reader;

  private TableMapping(
      Builder<K, V> parts, BiFunction<? super K, ? super MappedRow, ? extends V> reader) {
    this.parts = parts;
    this.reader = reader;
  }

  /**
   * Begins a mapping onto this table.
   *
   * @param table its name; what is spelled exactly so, or else what the name means to the server
   *     without quotes, or else the only one that differs in case alone, as all names here; looked
   *     for where a name without a schema leads to when the store is made, and from then on always
   *     named with that schema, whatever a connection's current one is
   * @throws IllegalArgumentException if it is empty or has the character U+0000 in it
   */
  public static <K, V> Builder<K, V> of(String table) {
    return new Builder<>(Identifiers.require(table));
  }

  /**
   * Begins a mapping of records by the names of their components.
   *
   * @param values the records; in a module that is not open the package has to be opened to {@code
   *     org.occ4j.core}, unless the record is public in an exported package; or see {@link
   *     #record(MethodHandles.Lookup, Class, Class)}
   * @param keys the class of the keys: {@code Long}, {@code Integer}, {@code Short}, {@code
   *     String}, {@code UUID}, {@code LocalDate}, or a record of such components, one for each
   *     column of the key; of any other class, say how they travel by {@link RecordMapping#key}
   * @throws IllegalArgumentException if {@code values} is not a record, or cannot be read
   */
  public static <K, V extends Record> RecordMapping<K, V> record(Class<V> values, Class<K> keys) {
    return new RecordMapping<>(null, values, keys);
  }

  /**
   * The same by the rights of whoever made {@code lookup}, so that no package has to be opened: in
   * the class that declares the records, {@code MethodHandles.lookup()}.
   */
  public static <K, V extends Record> RecordMapping<K, V> record(
      MethodHandles.Lookup lookup, Class<V> values, Class<K> keys) {
    return new RecordMapping<>(Objects.requireNonNull(lookup, "lookup"), values, keys);
  }

  String table() {
    return parts.table;
  }

  @Nullable String schema() {
    return parts.schema;
  }

  /** The columns of the key, in the order in which keys sort. */
  List<Column<K, ?>> keyColumns() {
    return parts.keyColumns;
  }

  /** The key that these columns hold. */
  K key(@Nullable Object[] raw) {
    return Objects.requireNonNull(
        Objects.requireNonNull(parts.keyReader).apply(new MappedRow(parts.keyColumns, raw)), "key");
  }

  KeyCodec<K> keys() {
    return Objects.requireNonNull(parts.keys);
  }

  /**
   * Refuses a value that has another key in it.
   *
   * @throws IllegalArgumentException naming both keys
   */
  void requireKey(K key, V value) {
    parts.keyCheck.accept(key, value);
  }

  /** Whether a column is used only where the table has it. */
  boolean isOptional(String column) {
    return parts.optional.contains(column);
  }

  /** What to say besides where a column of the key is missing. */
  String keyHint() {
    return parts.keyHint;
  }

  boolean nullVersionAsZero() {
    return parts.nullVersionAsZero;
  }

  @Nullable String versionColumn() {
    return parts.version;
  }

  @Nullable String updatedAtColumn() {
    return parts.updatedAt;
  }

  @Nullable String updatedByColumn() {
    return parts.updatedBy;
  }

  List<Column<V, ?>> columns() {
    return parts.columns;
  }

  VersionScheme scheme() {
    return parts.scheme;
  }

  V value(K key, @Nullable Object[] raw) {
    return Objects.requireNonNull(
        reader.apply(key, new MappedRow(parts.columns, raw)), "reading returned null");
  }

  /** Gathers a mapping. Not thread-safe. */
  public static final class Builder<K, V> {
    private final String table;
    private @Nullable String schema;
    private List<Column<K, ?>> keyColumns = List.of();
    private @Nullable Function<? super MappedRow, ? extends K> keyReader;
    private @Nullable KeyCodec<K> keys;
    private BiConsumer<? super K, ? super V> keyCheck = (key, value) -> {};
    private String keyHint = "";
    private Set<String> optional = Set.of();
    private boolean nullVersionAsZero;
    private @Nullable String version;
    private @Nullable String updatedAt;
    private @Nullable String updatedBy;
    private VersionScheme scheme = VersionScheme.CLOCK;
    private List<Column<V, ?>> columns = List.of();

    private Builder(String table) {
      this.table = table;
    }

    /** The schema of the table, on MariaDB its database, if it is not the current one. */
    public Builder<K, V> schema(String name) {
      this.schema = Identifiers.require(name);
      return this;
    }

    /**
     * The column that holds the key.
     *
     * <p>Keys are compared exactly, as bytes. A column that does not do so is refused, also behind
     * a domain: CHAR, which pads with blanks; CITEXT and VARCHAR_IGNORECASE; collations of
     * PostgreSQL that are not deterministic, those of H2 that were set for the database, and on
     * MariaDB every one but the binary ones without padding ({@code utf8mb4_nopad_bin}); and
     * numbers with digits after the point. It must be NOT NULL, and not computed. One that is
     * GENERATED ALWAYS AS IDENTITY serves; a put that makes a row overrides its number.
     *
     * @param codec gives keys their text in the change feed and their bytes, whose order is the
     *     order of a scan; numbers, dates and text order so, and UUIDs but for those of versions 1
     *     to 5 in MariaDB's own type, which sorts them by their last part first
     * @param type how keys travel
     */
    public Builder<K, V> key(String name, KeyCodec<K> codec, ColumnType<K> type) {
      Column<K, K> column = new Column<>(name, type, key -> key);
      return key(codec, List.of(column), row -> row.require(column));
    }

    /**
     * The columns that hold a key of several parts, each as in {@link #key(String, KeyCodec,
     * ColumnType)}. The table needs a primary key or unique index on just these, in whatever order;
     * scans are fast if it is in the order given here.
     *
     * @param codec gives keys their text in the change feed and their bytes, whose order must be
     *     that of the columns, the first one deciding first
     * @param columns what each holds of a key
     * @param reader makes a key of them; runs outside of every transaction
     * @throws IllegalArgumentException if there are none
     */
    public Builder<K, V> key(
        KeyCodec<K> codec,
        List<? extends Column<K, ?>> columns,
        Function<? super MappedRow, ? extends K> reader) {
      if (columns.isEmpty()) {
        throw new IllegalArgumentException("a key has at least one column");
      }
      this.keys = Objects.requireNonNull(codec, "codec");
      this.keyColumns = List.copyOf(columns);
      this.keyReader = Objects.requireNonNull(reader, "reader");
      return this;
    }

    /** What refuses a value that has another key in it. */
    Builder<K, V> keyCheck(BiConsumer<? super K, ? super V> check) {
      this.keyCheck = check;
      return this;
    }

    /** What to say besides where a column of the key is missing. */
    Builder<K, V> keyHint(String hint) {
      this.keyHint = hint;
      return this;
    }

    /** The columns of version, time and writer that are used only where the table has them. */
    Builder<K, V> optional(Set<String> columns) {
      this.optional = Set.copyOf(columns);
      return this;
    }

    /**
     * The column of the version: BIGINT, or NUMERIC of 17 digits or more and none after the point;
     * with {@link VersionScheme#COUNTER} also SMALLINT, INTEGER and a narrower NUMERIC. Rows that
     * are there already may hold any number that is not negative; their next write goes on from it.
     * Where the column has no room for the next version the write fails with {@link
     * org.occ4j.DataRejectedException} and changes nothing.
     */
    public Builder<K, V> version(String name) {
      this.version = Identifiers.require(name);
      return this;
    }

    /**
     * Takes a version that is NULL for zero, as rows have it that were there before the column. The
     * expectation of zero then holds for them; their next write gives them a version. New rows
     * never begin with it. Without this, a column of the version that may be NULL is refused.
     */
    public Builder<K, V> nullVersionAsZero() {
      this.nullVersionAsZero = true;
      return this;
    }

    /**
     * The column that says when a row was written last: a timestamp of at least millisecond
     * precision (a coarser one cannot tell two writes apart and is refused). Timestamps without a
     * time zone hold UTC. On MariaDB DATETIME only: TIMESTAMP goes through the session's local
     * time, of which an hour happens twice where summer time ends.
     *
     * <p>Two writes of a row never share a time, whatever the clock does: the later one is at least
     * one tick of the column's precision ahead.
     */
    public Builder<K, V> updatedAt(String name) {
      this.updatedAt = Identifiers.require(name);
      return this;
    }

    /** The column that says who wrote a row last, filled by {@code by(user)}; may be NULL. */
    public Builder<K, V> updatedBy(String name) {
      this.updatedBy = Identifiers.require(name);
      return this;
    }

    /**
     * How a write chooses the version of its row; {@link VersionScheme#CLOCK} by default. {@link
     * VersionScheme#COUNTER} where the column is narrower, or others read or write it as a count.
     */
    public Builder<K, V> versions(VersionScheme how) {
      this.scheme = Objects.requireNonNull(how, "versions");
      return this;
    }

    /**
     * The columns that hold the values.
     *
     * @throws IllegalArgumentException if two have one name
     */
    public Builder<K, V> columns(List<? extends Column<V, ?>> all) {
      this.columns = List.copyOf(all);
      return this;
    }

    /**
     * Ends the mapping.
     *
     * @param reader makes a value of a key and a row; runs outside of every transaction; an
     *     exception of it is thrown as {@link org.occ4j.CodecException}
     * @throws IllegalStateException if there is no key column, or neither a version column nor one
     *     of updated_at
     * @throws IllegalArgumentException if a column is named twice
     */
    public TableMapping<K, V> reading(
        BiFunction<? super K, ? super MappedRow, ? extends V> reader) {
      Objects.requireNonNull(reader, "reading");
      if (keyColumns.isEmpty()) {
        throw new IllegalStateException("the mapping of " + table + " has no key column");
      }
      if (version == null && updatedAt == null) {
        throw new IllegalStateException(
            "the mapping of " + table + " has neither a version column nor one of updated_at");
      }
      if (version == null && scheme == VersionScheme.COUNTER) {
        throw new IllegalStateException("the mapping of " + table + " has no version to count in");
      }
      requireDistinct();
      return new TableMapping<>(copy(), reader);
    }

    private Builder<K, V> copy() {
      Builder<K, V> copy = new Builder<>(table);
      copy.schema = schema;
      copy.keyColumns = keyColumns;
      copy.keyReader = keyReader;
      copy.keys = keys;
      copy.keyCheck = keyCheck;
      copy.keyHint = keyHint;
      copy.optional = optional;
      copy.nullVersionAsZero = nullVersionAsZero;
      copy.version = version;
      copy.updatedAt = updatedAt;
      copy.updatedBy = updatedBy;
      copy.scheme = scheme;
      copy.columns = columns;
      return copy;
    }

    private void requireDistinct() {
      List<@Nullable String> names = new ArrayList<>();
      keyColumns.forEach(column -> names.add(column.name()));
      names.add(version);
      names.add(updatedAt);
      names.add(updatedBy);
      columns.forEach(column -> names.add(column.name()));
      Set<String> seen = new LinkedHashSet<>();
      for (String name : names) {
        if (name != null && !seen.add(name)) {
          throw new IllegalArgumentException("column " + name + " is mapped twice");
        }
      }
    }
  }
}
