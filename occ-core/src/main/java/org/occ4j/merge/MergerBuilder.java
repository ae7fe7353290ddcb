/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.merge;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Gathers the rules of a {@link Merger}, each for a path: a field's name, nested ones joined by
 * dots, such as {@code "address.city"}. What is inside the elements of a keyed list goes by the
 * list's path: {@code "lines.price"}.
 *
 * <p>A path has at most one rule; each method throws {@link IllegalArgumentException} for a path
 * that already has one, that names no field, or whose field is declared with a type for which the
 * rule makes no sense. Where the type does not say what is inside (a map, an interface, the
 * elements of a list), the rest of the path is taken as it is, and a rule meets values of another
 * type as if it were not there.
 *
 * <p>Without a rule: nested records and maps are merged field by field; everything else, lists,
 * sets, arrays and texts among it, is one value that either side may replace.
 *
 * <p>Not thread-safe.
 *
 * @param <V> the values
 */
public final class MergerBuilder<V> {
  private final Fields fields;
  private final Map<String, FieldRule> rules = new HashMap<>();
  private final Map<String, List<String>> groups = new HashMap<>();
  private @Nullable Predicate<? super V> validator;
  private boolean absentIsNull;

  MergerBuilder(Fields fields) {
    this.fields = fields;
  }

  /**
   * Merges a collection as a set: theirs, without what mine removed, with what mine added; where
   * there was none before, or null, what both added. It never overlaps unless one side replaced the
   * collection by something else. The field's type is {@code Set}, {@code List} or a supertype; the
   * merged one is unmodifiable.
   */
  public MergerBuilder<V> asSet(String path) {
    return rule(path, new FieldRule.AsSet());
  }

  /**
   * Merges a collection element by element: those with the same id belong together and are merged
   * like nested values; removed by one side and changed by the other is an overlap of that element.
   * The order, relative to each other, of the elements that all sides have is that of the side
   * which changed it; where both did, in different ways, the list itself overlaps, and holds mine.
   * What one side added stays where it was put: in front, at the end, or behind the element before
   * it. The order of a {@code Set} means nothing. A collection in which an element has another
   * type, no id, or the id of another one, is merged as a whole.
   *
   * @param elementType the class of the elements
   * @param id tells elements apart; ids compare by value; null for "none"
   */
  public <E> MergerBuilder<V> keyed(
      String path, Class<E> elementType, Function<? super E, ? extends @Nullable Object> id) {
    Objects.requireNonNull(elementType, "elementType");
    Objects.requireNonNull(id, "id");
    return rule(
        path, new FieldRule.Keyed(elementType, element -> id.apply(elementType.cast(element))));
  }

  /**
   * Merges a number as a sum: theirs plus what mine added to the base, in the class of theirs. Both
   * sides adding one gives two, even though they wrote the same. A sum that the class cannot hold
   * is an overlap, or what both wrote.
   */
  public MergerBuilder<V> counter(String path) {
    return rule(path, new FieldRule.Counter());
  }

  /**
   * Merges a text line by line, see {@link TextMerge}: for texts of short lines, such as lists.
   * Where both changed the same lines the field overlaps, and holds the merged text with mine in
   * those. Where one of the three is no text, the field is one value.
   */
  public MergerBuilder<V> textByLines(String path) {
    return rule(path, new FieldRule.Text(false));
  }

  /** Merges a text as {@link #textByLines} does, but word by word: for prose. */
  public MergerBuilder<V> textByWords(String path) {
    return rule(path, new FieldRule.Text(true));
  }

  /** Takes these fields from theirs whatever mine has, and never lists them: audit fields. */
  public MergerBuilder<V> theirsAlways(String... paths) {
    for (String path : paths) {
      rule(path, new FieldRule.TheirsAlways());
    }
    return this;
  }

  /**
   * Moves these fields together, such as an amount and its currency: where both sides changed the
   * group, even different members of it, the members in which they differ overlap.
   *
   * @param paths two or more fields of the same parent, in no other group and without a rule
   */
  public MergerBuilder<V> group(String... paths) {
    if (paths.length < 2) {
      throw new IllegalArgumentException("a group has two fields or more");
    }
    String parent = parent(paths[0]);
    List<String> names = new ArrayList<>();
    for (String path : paths) {
      if (!parent(path).equals(parent)) {
        throw new IllegalArgumentException(
            "the fields of a group have one parent, unlike " + paths[0] + " and " + path);
      }
      requireFree(path);
      DeclaredTypes.of(fields, path);
      names.add(path.substring(path.lastIndexOf('.') + 1));
    }
    List<String> members = List.copyOf(names);
    for (String path : paths) {
      if (groups.put(path, members) != null) {
        throw new IllegalArgumentException("field '" + path + "' is in the group twice");
      }
    }
    return this;
  }

  /**
   * Asks this of every merged value that neither side has written. On false, the edits are each
   * fine and jointly wrong, so all fields in which the sides differ overlap. The same happens where
   * the constructor of a record refuses such a value by a {@link RuntimeException}.
   *
   * @param isConsistent without side effects; what it throws leaves {@link Merger#merge} as it is
   * @throws IllegalArgumentException if there is a validator already
   */
  public MergerBuilder<V> validator(Predicate<? super V> isConsistent) {
    Objects.requireNonNull(isConsistent, "isConsistent");
    if (validator != null) {
      throw new IllegalArgumentException("there is a validator already");
    }
    validator = isConsistent;
    return this;
  }

  /**
   * Takes an entry of null and no entry for the same, in every map from names: for maps that were
   * read from a type in which a field cannot be absent, where one writer leaves nulls out and
   * another does not. Merged maps leave them out. Components of records are never absent, so this
   * changes nothing for them.
   */
  public MergerBuilder<V> absentIsNull() {
    absentIsNull = true;
    return this;
  }

  /** The merger. The builder can go on and build others. */
  public Merger<V> build() {
    return new FieldMerger<>(fields, new MergeRules(rules, groups), validator, absentIsNull);
  }

  private MergerBuilder<V> rule(String path, FieldRule rule) {
    Objects.requireNonNull(path, "path");
    requireFree(path);
    Class<?> declared = DeclaredTypes.of(fields, path);
    if (!rule.fits(declared)) {
      throw new IllegalArgumentException(
          rule.name() + " cannot merge field '" + path + "' of type " + declared.getName());
    }
    rules.put(path, rule);
    return this;
  }

  private void requireFree(String path) {
    if (rules.containsKey(path) || groups.containsKey(path)) {
      throw new IllegalArgumentException("field '" + path + "' has a rule already");
    }
  }

  private static String parent(String path) {
    return path.substring(0, Math.max(0, path.lastIndexOf('.')));
  }
}
