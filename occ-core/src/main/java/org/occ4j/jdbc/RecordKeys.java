/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.lang.invoke.MethodHandles;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.occ4j.KeyCodec;

/**
 * How keys are taken apart into columns and put together: a record has one for each component, a
 * key of any other class is one.
 *
 * @param names the components; of a key that is no record, one name that is empty
 * @param types how the parts travel
 * @param split a key's parts
 * @param join the key of parts
 * @param codec the bytes and the text of a key
 */
record RecordKeys<K>(
    List<String> names,
    List<ColumnType<Object>> types,
    Function<K, List<Object>> split,
    Function<Object[], K> join,
    KeyCodec<K> codec) {

  /**
   * The keys of a class.
   *
   * @throws IllegalArgumentException naming what cannot be part of a key
   */
  static <K> RecordKeys<K> of(MethodHandles.@Nullable Lookup lookup, Class<K> type) {
    KeyPart<Object> only = KeyPart.of(type);
    if (only != null) {
      return ofParts(List.of(""), List.of(only), List::of, all -> type.cast(all[0]));
    }
    if (!type.isRecord()) {
      throw new IllegalArgumentException(
          "it is not known how a " + type.getName() + " is a key; say so by key(.., codec, type)");
    }
    RecordType<K> record = new RecordType<>(lookup, type);
    List<String> names = new ArrayList<>();
    List<KeyPart<Object>> parts = new ArrayList<>();
    for (RecordComponent component : record.components()) {
      KeyPart<Object> part = KeyPart.of(component.getType());
      if (part == null) {
        throw new IllegalArgumentException(
            "component %s of %s cannot be part of a key: %s"
                .formatted(component.getName(), record.name(), component.getType().getName()));
      }
      names.add(component.getName());
      parts.add(part);
    }
    if (parts.isEmpty()) {
      throw new IllegalArgumentException("key " + record.name() + " has no components");
    }
    return ofParts(names, parts, key -> split(record, key), record::make);
  }

  private static <K> RecordKeys<K> ofParts(
      List<String> names,
      List<KeyPart<Object>> parts,
      Function<K, List<Object>> split,
      Function<Object[], K> join) {
    return new RecordKeys<>(
        List.copyOf(names),
        parts.stream().map(KeyPart::type).toList(),
        split,
        join,
        new PartsCodec<>(parts, split, join));
  }

  /** The keys of a class of which the application says how they travel. */
  static <K> RecordKeys<K> of(Class<K> type, KeyCodec<K> codec, ColumnType<K> how) {
    return new RecordKeys<>(
        List.of(""),
        List.of(how.as(key -> key, type::cast)),
        List::of,
        all -> type.cast(all[0]),
        codec);
  }

  private static <K> List<Object> split(RecordType<K> record, K key) {
    List<Object> parts = new ArrayList<>();
    for (RecordComponent component : record.components()) {
      Object part = record.get(component.getName(), key);
      if (part == null) {
        throw new IllegalArgumentException(
            "component " + component.getName() + " of the key is null: " + key);
      }
      parts.add(part);
    }
    return parts;
  }

  /** A part of the key. */
  Object part(K key, int part) {
    return split.apply(key).get(part);
  }
}
