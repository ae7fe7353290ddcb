/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.merge;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Values of types in which a field cannot be absent, so that null and absent say the same. */
final class NullsLeftOut {
  private NullsLeftOut() {}

  /** The value without the null entries of its maps from names, however deep in collections. */
  static @Nullable Object of(@Nullable Object value) {
    if (value instanceof Map<?, ?> map && MapFields.isMapOfNames(map)) {
      Map<Object, @Nullable Object> kept = new LinkedHashMap<>();
      map.forEach(
          (name, each) -> {
            if (each != null) {
              kept.put(name, of(each));
            }
          });
      return Collections.unmodifiableMap(kept);
    }
    return value instanceof Collection<?> elements
        ? CollectionMerge.likeTheirs(value, elements.stream().map(NullsLeftOut::of).toList())
        : value;
  }
}
