/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.merge;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Maps from names to values. Rebuilt ones are unmodifiable and keep the order of their keys. */
final class MapFields implements Fields {
  static final MapFields INSTANCE = new MapFields();

  private MapFields() {}

  static boolean isMapOfNames(@Nullable Object value) {
    return value instanceof Map<?, ?> map
        && map.keySet().stream().allMatch(key -> key instanceof String);
  }

  @Override
  public Collection<String> names(List<?> values) {
    Set<String> names = new LinkedHashSet<>();
    for (Object value : values) {
      if (value instanceof Map<?, ?> map) {
        map.keySet().forEach(key -> names.add((String) key));
      }
    }
    return names;
  }

  @Override
  public @Nullable Object get(@Nullable Object value, String name) {
    if (!(value instanceof Map<?, ?> map)) {
      return Absent.ABSENT;
    }
    Object entry = map.get(name);
    return entry != null || map.containsKey(name) ? entry : Absent.ABSENT;
  }

  @Override
  public boolean admits(String name, Class<?> type) {
    return true;
  }

  @Override
  public Object build(Map<String, @Nullable Object> values) {
    return Collections.unmodifiableMap(new LinkedHashMap<>(values));
  }

  @Override
  public Class<?> type() {
    return Map.class;
  }
}
