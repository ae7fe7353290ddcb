/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.proof;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The records of a history as lines of text: the name of the record and its parts between tabs. */
final class Lines {
  private static final String NULL = "-";

  private static final Map<String, Class<? extends Record>> KINDS =
      Stream.of(
              Operation.class,
              Held.class,
              EffectRow.class,
              FeedEntry.class,
              ClockStep.class,
              Poll.class)
          .collect(Collectors.toUnmodifiableMap(Class::getSimpleName, Function.identity()));

  private Lines() {}

  static String of(Record record) {
    return record.getClass().getSimpleName()
        + Arrays.stream(record.getClass().getRecordComponents())
            .map(component -> "\t" + part(record, component))
            .collect(Collectors.joining());
  }

  private static String part(Record record, RecordComponent component) {
    try {
      Object value = component.getAccessor().invoke(record);
      return value == null ? NULL : value.toString();
    } catch (IllegalAccessException | InvocationTargetException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The record of a line; null if the line is none, or was cut off. */
  static @Nullable Record parse(String line) {
    List<String> words = List.of(line.split("\t", -1));
    Class<? extends Record> kind = KINDS.get(words.get(0));
    if (kind == null || words.size() != kind.getRecordComponents().length + 1) {
      return null;
    }
    return construct(kind, words.subList(1, words.size()));
  }

  private static Record construct(Class<? extends Record> kind, List<String> words) {
    RecordComponent[] components = kind.getRecordComponents();
    Object[] values = new Object[components.length];
    Class<?>[] types = new Class<?>[components.length];
    for (int i = 0; i < components.length; i++) {
      types[i] = components[i].getType();
      values[i] = value(types[i], words.get(i));
    }
    try {
      Constructor<? extends Record> constructor = kind.getDeclaredConstructor(types);
      return constructor.newInstance(values);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  private static @Nullable Object value(Class<?> type, String word) {
    if (type == long.class) {
      return Long.valueOf(word);
    }
    if (type == boolean.class) {
      return Boolean.valueOf(word);
    }
    if (type.isEnum()) {
      return Arrays.stream(type.getEnumConstants())
          .filter(constant -> constant.toString().equals(word))
          .findFirst()
          .orElseThrow();
    }
    return word.equals(NULL) ? null : word;
  }
}
