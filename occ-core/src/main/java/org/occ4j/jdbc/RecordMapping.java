/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.lang.invoke.MethodHandles;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.occ4j.KeyCodec;
import org.occ4j.internal.Names;

/**
 * A mapping of records, by the names of their components.
 *
 * <pre>{@code
 * record Task(long id, String title, @Nullable LocalDate due, Status status) {}
 *
 * JdbcVersionedStore<Long, Task> tasks =
 *     db.store(TableMapping.record(Task.class, Long.class).build());
 * }</pre>
 *
 * <p><b>Names.</b> Table and columns are called as record and components, in snake case: {@code
 * OrderLine} is {@code order_line}, {@code dueOn} is {@code due_on}. Each can be named otherwise.
 *
 * <p><b>The key</b> is in the component {@code id}, if there is one of the class of the keys. If
 * keys are records, each of their components is a column, and the value may have components of the
 * same names and types instead. A value need have neither; then only the store knows its key, in
 * the column {@code id} or those of the key's components. A value that has its key in it and is put
 * under another is refused with {@link IllegalArgumentException}.
 *
 * <p><b>Version, time and writer</b> are in the columns {@code version}, {@code updated_at} and
 * {@code updated_by}, of which the table needs one of the first two. They are not components: a
 * value is what somebody edits, and these are what the store says of it, in {@link
 * org.occ4j.Versioned}. A copy inside of the value would be stale as soon as it was written, and
 * would make two equal contents differ.
 *
 * <p><b>Types.</b> Components of {@code String}, {@code long}, {@code int}, {@code short}, {@code
 * double}, {@code boolean} and their boxes, {@code BigDecimal}, {@code byte[]}, {@code UUID},
 * {@code Instant}, {@code LocalDateTime}, {@code OffsetDateTime}, {@code LocalDate}, {@code
 * LocalTime} and enumerations (by name) are mapped as {@link ColumnType} says; for others give one
 * by {@link #column(String, ColumnType)}. NULL is null; in a component of a primitive type it makes
 * reading fail with {@link org.occ4j.CodecException}.
 *
 * <p>Not thread-safe; what {@link #build} returns is.
 *
 * @param <K> the keys
 * @param <V> the records
 */
public final class RecordMapping<K, V extends Record> {
  private final MethodHandles.@Nullable Lookup lookup;
  private final RecordType<V> type;
  private final Class<K> keys;
  private String table;
  private @Nullable String schema;
  private String keyComponent = "id";
  private @Nullable KeyCodec<K> keyCodec;
  private @Nullable ColumnType<K> keyType;
  private @Nullable String version = "version";
  private @Nullable String updatedAt = "updated_at";
  private @Nullable String updatedBy = "updated_by";
  private final Set<String> optional = new LinkedHashSet<>(List.of("version", "updated_at"));
  private VersionScheme scheme = VersionScheme.CLOCK;
  private boolean nullVersionAsZero;
  private final Map<String, String> columns = new HashMap<>();
  private final Map<String, ColumnType<?>> types = new HashMap<>();

  RecordMapping(MethodHandles.@Nullable Lookup lookup, Class<V> values, Class<K> keys) {
    this.lookup = lookup;
    this.type = new RecordType<>(lookup, values);
    this.keys = Objects.requireNonNull(keys, "keys");
    this.table = Names.snakeCase(values.getSimpleName());
    this.optional.add("updated_by");
  }

  /** The table, if it is not called as the record; found as {@link TableMapping#of} says. */
  public RecordMapping<K, V> table(String name) {
    this.table = Objects.requireNonNull(name, "table");
    return this;
  }

  /** The schema of the table, on MariaDB its database, if it is not the current one. */
  public RecordMapping<K, V> schema(String name) {
    this.schema = Objects.requireNonNull(name, "schema");
    return this;
  }

  /**
   * The component that is the key, if it is not called {@code id}; if no component is called so,
   * what the key's column is called.
   */
  public RecordMapping<K, V> key(String component) {
    this.keyComponent = Objects.requireNonNull(component, "key");
    return this;
  }

  /** The same for keys of a class that is not known here: how they travel to their column. */
  public RecordMapping<K, V> key(String component, KeyCodec<K> codec, ColumnType<K> how) {
    this.keyCodec = Objects.requireNonNull(codec, "codec");
    this.keyType = Objects.requireNonNull(how, "type");
    return key(component);
  }

  /** The column of a component of the record, or of a key that is a record. */
  public RecordMapping<K, V> column(String component, String name) {
    columns.put(component, Objects.requireNonNull(name, "column"));
    return this;
  }

  /** How a component of the record travels; the type has to be that of the component. */
  public RecordMapping<K, V> column(String component, ColumnType<?> how) {
    types.put(component, Objects.requireNonNull(how, "type"));
    return this;
  }

  /** The column of the version, which the table then must have; null for none. */
  public RecordMapping<K, V> version(@Nullable String column) {
    this.version = column;
    optional.remove("version");
    return this;
  }

  /** The column of the last write's time, which the table then must have; null for none. */
  public RecordMapping<K, V> updatedAt(@Nullable String column) {
    this.updatedAt = column;
    optional.remove("updated_at");
    return this;
  }

  /** The column of the last writer, which the table then must have; null for none. */
  public RecordMapping<K, V> updatedBy(@Nullable String column) {
    this.updatedBy = column;
    optional.remove("updated_by");
    return this;
  }

  /** As {@link TableMapping.Builder#versions}. */
  public RecordMapping<K, V> versions(VersionScheme how) {
    this.scheme = Objects.requireNonNull(how, "versions");
    return this;
  }

  /** As {@link TableMapping.Builder#nullVersionAsZero}. */
  public RecordMapping<K, V> nullVersionAsZero() {
    this.nullVersionAsZero = true;
    return this;
  }

  /**
   * Ends the mapping.
   *
   * @throws IllegalArgumentException naming a component whose type is not known, that is not there,
   *     or that has the name of the column of version, time or writer
   * @throws IllegalStateException if there is neither a version column nor one of updated_at
   */
  public TableMapping<K, V> build() {
    RecordColumns<K, V> mapped = new RecordColumns<>(type, keys, keyComponent, keyParts());
    requireKnown(mapped);
    List<Column<V, ?>> values = new ArrayList<>();
    Map<String, Column<V, ?>> byComponent = new LinkedHashMap<>();
    for (RecordComponent component : type.components()) {
      if (!mapped.isOfKey(component)) {
        Column<V, ?> column = column(component);
        byComponent.put(component.getName(), column);
        values.add(column);
      }
    }
    TableMapping.Builder<K, V> builder = TableMapping.of(table);
    mapped.mapKey(builder, this::columnOf);
    if (schema != null) {
      builder.schema(schema);
    }
    if (version != null) {
      builder.version(version);
    }
    if (updatedAt != null) {
      builder.updatedAt(updatedAt);
    }
    if (updatedBy != null) {
      builder.updatedBy(updatedBy);
    }
    if (nullVersionAsZero) {
      builder.nullVersionAsZero();
    }
    if (!mapped.hasKey() && mapped.keyNames().size() == 1) {
      builder.keyHint(
          ", and %s has no component %s; name its key by key(\"..\"), or give a key record"
              .formatted(type.name(), keyComponent));
    }
    return builder
        .versions(scheme)
        .optional(optional)
        .columns(values)
        .reading((key, row) -> mapped.value(key, row, byComponent));
  }

  private RecordKeys<K> keyParts() {
    return keyCodec != null && keyType != null
        ? RecordKeys.of(keys, keyCodec, keyType)
        : RecordKeys.of(lookup, keys);
  }

  private void requireKnown(RecordColumns<K, V> mapped) {
    Set<String> named = new LinkedHashSet<>(columns.keySet());
    named.addAll(types.keySet());
    named.removeIf(name -> type.component(name) != null || mapped.keyNames().contains(name));
    if (!named.isEmpty()) {
      throw new IllegalArgumentException(type + " has no component " + named.iterator().next());
    }
  }

  private String columnOf(String component) {
    return columns.getOrDefault(component, Names.snakeCase(component));
  }

  private Column<V, ?> column(RecordComponent component) {
    String column = columnOf(component.getName());
    for (String kept : new @Nullable String[] {version, updatedAt, updatedBy}) {
      if (column.equals(kept)) {
        throw new IllegalArgumentException(
            "component %s of %s has the name of the column that the store keeps by itself: leave it"
                    .formatted(component.getName(), type.name())
                + " out, for Versioned has it, or name the column of one of them otherwise");
      }
    }
    ColumnType<?> how = types.get(component.getName());
    if (how == null) {
      how = ComponentTypes.of(component.getType());
    }
    if (how == null) {
      throw new IllegalArgumentException(
          "component %s of %s is a %s, for which there is no ColumnType; give one by column(\"%1$s\", ..)"
              .formatted(component.getName(), type.name(), component.getGenericType()));
    }
    return column(column, how, component);
  }

  private <T> Column<V, T> column(String name, ColumnType<T> how, RecordComponent component) {
    return new Column<>(name, how, part(component));
  }

  /** Of the type that the component has, or the application has said that its column has. */
  @SuppressWarnings("unchecked")
  private <T> Function<V, @Nullable T> part(RecordComponent component) {
    String name = component.getName();
    return value -> (T) type.get(name, value);
  }
}
