/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.occ4j.jdbc.internal.store.RowMapper;
import org.occ4j.store.internal.Keys;

/** The rows of a table of the application, by the functions of its mapping. */
final class MappedRowMapper<K, V> implements RowMapper<K, V> {
  private final Keys<K> keys;
  private final TableMapping<K, V> mapping;
  private final String what;

  MappedRowMapper(Keys<K> keys, TableMapping<K, V> mapping) {
    this.keys = keys;
    this.mapping = mapping;
    this.what = "mapping of " + mapping.table();
  }

  @Override
  public Object rawKey(K key, byte[] bytes) {
    return RowMapper.walled(
        what, () -> Objects.requireNonNull(mapping.key().type().toRaw(key), "key"));
  }

  @Override
  public byte[] keyBytes(Object raw) {
    return keys.encode(key(raw));
  }

  @Override
  public K key(Object raw) {
    return RowMapper.walled(
        what, () -> Objects.requireNonNull(mapping.key().type().ofRaw(raw), "key"));
  }

  @Override
  public @Nullable Object[] rawValues(V value) {
    return RowMapper.walled(
        what, () -> mapping.columns().stream().map(column -> column.rawOf(value)).toArray());
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
