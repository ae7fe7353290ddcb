/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.merge;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A rule for one path that differs from "field by field, lists as a whole". */
sealed interface FieldRule {

  /** What the builder calls it, for messages. */
  String name();

  /** Whether a field declared with this type can hold values for which the rule is meant. */
  boolean fits(Class<?> declared);

  /** An audit field: theirs, whatever mine is. */
  record TheirsAlways() implements FieldRule {
    @Override
    public String name() {
      return "theirsAlways";
    }

    @Override
    public boolean fits(Class<?> declared) {
      return true;
    }
  }

  /** A sum to which both sides add. */
  record Counter() implements FieldRule {
    @Override
    public String name() {
      return "counter";
    }

    @Override
    public boolean fits(Class<?> declared) {
      return declared.isPrimitive()
          ? declared != boolean.class && declared != char.class
          : Number.class.isAssignableFrom(declared) || declared == Object.class;
    }
  }

  /** A text to which both sides write, at different places. */
  record Text(boolean byWords) implements FieldRule {
    @Override
    public String name() {
      return byWords ? "textByWords" : "textByLines";
    }

    @Override
    public boolean fits(Class<?> declared) {
      return declared.isAssignableFrom(String.class);
    }

    TextMerge merge(String base, String mine, String theirs) {
      return byWords
          ? TextMerge.byWords(base, mine, theirs)
          : TextMerge.byLines(base, mine, theirs);
    }
  }

  /** A collection in which only membership counts. */
  record AsSet() implements FieldRule {
    @Override
    public String name() {
      return "asSet";
    }

    @Override
    public boolean fits(Class<?> declared) {
      return isCollection(declared);
    }
  }

  /** A collection whose elements have an identity. */
  record Keyed(Class<?> elementType, Function<Object, ? extends @Nullable Object> id)
      implements FieldRule {
    @Override
    public String name() {
      return "keyed";
    }

    @Override
    public boolean fits(Class<?> declared) {
      return isCollection(declared);
    }

    /**
     * The elements by the canonical form of their ids, in their order; null if these cannot tell
     * the elements apart.
     */
    @Nullable Map<Object, Object> byId(@Nullable Object collection) {
      if (!(collection instanceof Collection<?> elements)) {
        return null;
      }
      Map<Object, Object> byId = new LinkedHashMap<>();
      for (Object element : elements) {
        Object key = elementType.isInstance(element) ? id.apply(element) : null;
        if (key == null || byId.put(Canonical.of(key), element) != null) {
          return null;
        }
      }
      return byId;
    }
  }

  /** Whether a rebuilt list or set can be stored in a field declared like this. */
  private static boolean isCollection(Class<?> declared) {
    return Collection.class.isAssignableFrom(declared)
        ? declared.isAssignableFrom(java.util.List.class)
            || declared.isAssignableFrom(java.util.Set.class)
        : declared.isAssignableFrom(Collection.class);
  }
}
