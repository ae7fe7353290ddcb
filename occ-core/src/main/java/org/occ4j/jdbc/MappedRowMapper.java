/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.occ4j.DataRejectedException;
import org.occ4j.KeyCodec;
import org.occ4j.jdbc.internal.Catalog.CatalogColumn;
import org.occ4j.jdbc.internal.Engine;
import org.occ4j.jdbc.internal.store.KeyPrefix;
import org.occ4j.jdbc.internal.store.RowMapper;
import org.occ4j.store.internal.ByteKeys;
import org.occ4j.store.internal.Keys;

/** The rows of a table of the application, by the functions of its mapping. */
final class MappedRowMapper<K, V> implements RowMapper<K, V> {
  /** The SQLSTATE of data that would be cut. */
  private static final String TRUNCATION = "22001";

  private final Keys<K> keys;
  private final TableMapping<K, V> mapping;
  private final List<CatalogColumn> columns;
  private final Engine engine;
  private final String what;

  /**
   * A mapper.
   *
   * @param columns those of the values, as the table has them
   */
  MappedRowMapper(
      Keys<K> keys, TableMapping<K, V> mapping, List<CatalogColumn> columns, Engine engine) {
    this.engine = engine;
    this.keys = keys;
    this.mapping = mapping;
    this.columns = columns;
    this.what = "mapping of " + mapping.table();
  }

  @Override
  public Object rawKey(K key, byte[] bytes) {
    List<Object> parts =
        RowMapper.walled(
            what,
            () ->
                mapping.keyColumns().stream()
                    .<Object>map(column -> Objects.requireNonNull(column.rawOf(key), column.name()))
                    .toList());
    parts.forEach(this::requireText);
    return parts.size() == 1 ? parts.get(0) : parts;
  }

  /** A read of such a key would fail as if a row were broken. */
  private void requireText(Object part) {
    if (part instanceof String text && text.indexOf(0) >= 0 && !engine.keepsZeroCharacter()) {
      throw new DataRejectedException(
          "a key of table %s has the character U+0000; nothing was changed"
              .formatted(mapping.table()),
          TRUNCATION,
          mapping.table(),
          null,
          null,
          null);
    }
  }

  @Override
  public KeyPrefix prefix(List<Object> leading) {
    keys.prefix(leading); // Refuses what is no beginning.
    KeyCodec<K> codec = keys.codec();
    if (codec != KeyCodec.strings() && !(codec instanceof PartsCodec)) {
      throw new IllegalArgumentException(
          "it is not known how the columns of " + mapping.table() + " begin with " + leading);
    }
    if (mapping.keyColumns().size() == 1) {
      String text = (String) rawPart(0, leading);
      return new KeyPrefix(List.of(), text, ByteKeys.behind(text));
    }
    return new KeyPrefix(
        IntStream.range(0, leading.size()).mapToObj(i -> rawPart(i, leading)).toList(), null, null);
  }

  /** A part of a key, of which the codec has made sure that it is one. */
  @SuppressWarnings("unchecked")
  private Object rawPart(int index, List<Object> leading) {
    ColumnType<Object> type = (ColumnType<Object>) mapping.keyColumns().get(index).type();
    return RowMapper.walled(what, () -> Objects.requireNonNull(type.toRaw(leading.get(index))));
  }

  @Override
  public byte[] keyBytes(Object raw) {
    return keys.encode(key(raw));
  }

  @Override
  public K key(Object raw) {
    @Nullable Object[] parts =
        raw instanceof List<?> several ? several.toArray() : new @Nullable Object[] {raw};
    return RowMapper.walled(what, () -> mapping.key(parts));
  }

  @Override
  public @Nullable Object[] rawValues(@Nullable K key, V value) {
    if (key != null) {
      mapping.requireKey(key, value);
    }
    @Nullable Object[] raw =
        RowMapper.walled(
            what, () -> mapping.columns().stream().map(column -> column.rawOf(value)).toArray());
    for (int i = 0; i < raw.length; i++) {
      requireKept(mapping.columns().get(i), columns.get(i), raw[i]);
    }
    return raw;
  }

  /** Drivers and servers round and cut, each in a way of its own and without an error. */
  private void requireKept(Column<V, ?> column, CatalogColumn there, @Nullable Object raw) {
    String alteration = column.type().alteration(there, raw, engine);
    if (alteration != null) {
      throw new DataRejectedException(
          "column %s of table %s %s; nothing was changed"
              .formatted(there.name(), mapping.table(), alteration),
          TRUNCATION,
          mapping.table(),
          null,
          there.name(),
          null);
    }
  }

  @Override
  public @Nullable Object[] spelled(@Nullable Object[] raw) {
    @Nullable Object[] spelled = raw;
    for (int i = 0; i < raw.length; i++) {
      Object one = mapping.columns().get(i).type().spelled(columns.get(i), raw[i], engine);
      if (!Objects.deepEquals(one, raw[i])) {
        spelled = spelled == raw ? raw.clone() : spelled;
        spelled[i] = one;
      }
    }
    return spelled;
  }

  @Override
  public V value(K key, @Nullable Object[] raw) {
    return RowMapper.walled(what, () -> mapping.value(key, raw));
  }

  @Override
  public @Nullable Object @Nullable [] placeholder() {
    return null;
  }
}
