/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.pipeline;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Options of a command line, {@code --name value}, each with a default; lists are separated by
 * commas.
 */
final class TableOptions {
  private final Map<String, String> values;

  private TableOptions(Map<String, String> values) {
    this.values = values;
  }

  /**
   * Reads a command line.
   *
   * @throws IllegalArgumentException if an option is not known, or has no value
   */
  static TableOptions parse(String[] arguments, Map<String, String> defaults) {
    Map<String, String> values = new TreeMap<>(defaults);
    for (int i = 0; i < arguments.length; i += 2) {
      String name = arguments[i].replaceFirst("^--", "");
      if (!defaults.containsKey(name) || i + 1 == arguments.length) {
        throw new IllegalArgumentException(
            "not an option with a value: " + arguments[i] + "; the defaults are " + values);
      }
      values.put(name, arguments[i + 1]);
    }
    return new TableOptions(values);
  }

  String text(String name) {
    String value = values.get(name);
    if (value == null) {
      throw new IllegalArgumentException("there is no option " + name);
    }
    return value;
  }

  int number(String name) {
    return Integer.parseInt(text(name));
  }

  List<Integer> numbers(String name) {
    return parts(name).map(Integer::valueOf).toList();
  }

  List<Long> longs(String name) {
    return parts(name).map(Long::valueOf).toList();
  }

  <E extends Enum<E>> List<E> constants(String name, Class<E> type) {
    return parts(name).map(part -> Enum.valueOf(type, part.toUpperCase(Locale.ROOT))).toList();
  }

  private Stream<String> parts(String name) {
    return Arrays.stream(text(name).split(",", -1)).filter(part -> !part.isEmpty());
  }
}
