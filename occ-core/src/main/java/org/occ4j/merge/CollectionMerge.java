/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.merge;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Collections in which membership, or identity, counts instead of the place. */
final class CollectionMerge {
  private CollectionMerge() {}

  /** Theirs, without what mine took out of the base, then what mine added to it. */
  static Collection<@Nullable Object> sets(
      Collection<?> base, Collection<?> mine, Collection<?> theirs) {
    Set<@Nullable Object> inBase = canonical(base);
    Set<@Nullable Object> inMine = canonical(mine);
    Set<@Nullable Object> taken = new HashSet<>();
    List<@Nullable Object> merged = new ArrayList<>();
    for (Object element : theirs) {
      Object key = Canonical.ofNullable(element);
      boolean removedByMine = inBase.contains(key) && !inMine.contains(key);
      if (!removedByMine && taken.add(key)) {
        merged.add(element);
      }
    }
    for (Object element : mine) {
      Object key = Canonical.ofNullable(element);
      if (!inBase.contains(key) && taken.add(key)) {
        merged.add(element);
      }
    }
    return likeTheirs(theirs, merged);
  }

  private static Set<@Nullable Object> canonical(Collection<?> elements) {
    Set<@Nullable Object> keys = new HashSet<>();
    for (Object element : elements) {
      keys.add(Canonical.ofNullable(element));
    }
    return keys;
  }

  /** An unmodifiable list, or a set where theirs is one. */
  static Collection<@Nullable Object> likeTheirs(
      @Nullable Object theirs, Collection<? extends @Nullable Object> elements) {
    if (theirs instanceof Set) {
      Set<@Nullable Object> set = new LinkedHashSet<>(elements);
      return Collections.unmodifiableSet(set);
    }
    List<@Nullable Object> list = new ArrayList<>(elements);
    return Collections.unmodifiableList(list);
  }

  /** The type of what {@link #likeTheirs} returns. */
  static Class<?> typeLike(@Nullable Object theirs) {
    return theirs instanceof Set ? Set.class : List.class;
  }
}
