/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.lang.invoke.MethodType;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Which components of a record are its key, and the way from a key and a row to a record. The key
 * is one component of the class of the keys; or components that are called as those of a key that
 * is a record, and have their types; or not in the record at all.
 */
final class RecordColumns<K, V extends Record> {
  private final RecordType<V> type;
  private final String keyComponent;
  private final RecordKeys<K> keys;

  /** Whether a component of the record is the whole key. */
  private final boolean hasKey;

  /** Whether components of the record are the parts of the key. */
  private final boolean hasParts;

  RecordColumns(RecordType<V> type, Class<K> keyClass, String keyComponent, RecordKeys<K> keys) {
    this.type = type;
    this.keyComponent = keyComponent;
    this.keys = keys;
    RecordComponent component = type.component(keyComponent);
    this.hasParts =
        keyClass.isRecord()
            && keys.names().stream().allMatch(name -> isSame(type.component(name), keyClass, name));
    this.hasKey = !hasParts && component != null && boxed(component.getType()) == keyClass;
    if (component != null && !hasKey && !hasParts) {
      throw new IllegalArgumentException(
          "component %s of %s is a %s, and the keys are of %s"
              .formatted(
                  keyComponent, type.name(), component.getType().getName(), keyClass.getName()));
    }
  }

  private static boolean isSame(@Nullable RecordComponent there, Class<?> keys, String name) {
    if (there == null) {
      return false;
    }
    for (RecordComponent component : keys.getRecordComponents()) {
      if (component.getName().equals(name)) {
        return component.getType() == there.getType();
      }
    }
    return false;
  }

  private static Class<?> boxed(Class<?> type) {
    return MethodType.methodType(type).wrap().returnType();
  }

  /** What the parts of the key are called where they are columns. */
  List<String> keyNames() {
    return keys.names().size() == 1 ? List.of(keyComponent) : keys.names();
  }

  /** Whether values have the key of their row in them. */
  boolean hasKey() {
    return hasKey || hasParts;
  }

  boolean isOfKey(RecordComponent component) {
    return (hasKey && component.getName().equals(keyComponent))
        || (hasParts && keys.names().contains(component.getName()));
  }

  /** Maps the key, and has values refused that have another one in them. */
  void mapKey(TableMapping.Builder<K, V> builder, UnaryOperator<String> columnOf) {
    List<Column<K, ?>> columns = new ArrayList<>();
    for (int i = 0; i < keys.names().size(); i++) {
      int part = i;
      String name = columnOf.apply(columnName(i));
      columns.add(new Column<K, Object>(name, keys.types().get(i), key -> keys.part(key, part)));
    }
    builder.key(
        keys.codec(),
        columns,
        row -> keys.join().apply(columns.stream().<Object>map(row::require).toArray()));
    builder.keyCheck(this::requireKey);
  }

  /** A key of one part has the column of the key; where its part is a component, that one's. */
  private String columnName(int part) {
    return keys.names().size() == 1 && !hasParts ? keyComponent : keys.names().get(part);
  }

  private void requireKey(K key, V value) {
    boolean same = true;
    if (hasKey) {
      same = key.equals(type.get(keyComponent, value));
    } else if (hasParts) {
      for (int i = 0; i < keys.names().size(); i++) {
        same &= keys.part(key, i).equals(type.get(keys.names().get(i), value));
      }
    }
    if (!same) {
      throw new IllegalArgumentException(
          "a " + type.name() + " of another key was given for key " + key + ": " + value);
    }
  }

  /** The record of this key and this row. */
  V value(K key, MappedRow row, Map<String, Column<V, ?>> columns) {
    List<RecordComponent> components = type.components();
    @Nullable Object[] contents = new @Nullable Object[components.size()];
    for (int i = 0; i < contents.length; i++) {
      contents[i] = content(components.get(i), key, row, columns);
    }
    return type.make(contents);
  }

  private @Nullable Object content(
      RecordComponent component, K key, MappedRow row, Map<String, Column<V, ?>> columns) {
    String name = component.getName();
    if (hasKey && name.equals(keyComponent)) {
      return key;
    }
    int part = hasParts ? keys.names().indexOf(name) : -1;
    if (part >= 0) {
      return keys.part(key, part);
    }
    Column<V, ?> column = Objects.requireNonNull(columns.get(name));
    Object content = row.get(column);
    if (content == null && component.getType().isPrimitive()) {
      throw new IllegalStateException(
          "column %s is NULL, and component %s of %s is a %s, which cannot be null"
              .formatted(column.name(), name, type.name(), component.getType()));
    }
    return content;
  }
}
