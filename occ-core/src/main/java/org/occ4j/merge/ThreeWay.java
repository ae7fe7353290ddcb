/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.merge;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One merge: a walk over three values of one kind, which gathers the overlaps on its way.
 *
 * <p>{@code docs/design/merge.md} says why each rule is as it is.
 */
final class ThreeWay {
  private final MergeRules rules;
  private final List<FieldChange> overlaps = new ArrayList<>();

  ThreeWay(MergeRules rules) {
    this.rules = rules;
  }

  List<FieldChange> overlaps() {
    return overlaps;
  }

  /** Merges three values of the same kind. */
  Object node(Fields fields, Path path, Sides sides) {
    int before = overlaps.size();
    Map<String, @Nullable Object> merged = new LinkedHashMap<>();
    Map<List<String>, Side> groups = new HashMap<>();
    for (String name : fields.names(sides.inOrder())) {
      Object value = field(fields, path, name, sides, groups);
      if (value != Absent.ABSENT) {
        merged.put(name, value);
      }
    }
    try {
      return fields.build(merged);
    } catch (RefusedValueException refused) {
      overlaps.subList(before, overlaps.size()).clear();
      return undecided(fields, path, sides, merged, refused.refusal());
    }
  }

  /**
   * The value of a merge that gave fields which are each fine and together forbidden: mine, with
   * all fields in which the sides differ left to a person.
   */
  private Object undecided(
      Fields fields,
      Path path,
      Sides sides,
      Map<String, @Nullable Object> merged,
      RuntimeException refusal) {
    int before = overlaps.size();
    for (String name : fields.names(sides.inOrder())) {
      Path child = path.child(name);
      Sides field = sides.field(fields, name);
      overlapAll(child, field);
      // A counter can be refused although both sides agree on what they wrote.
      if (field.agree()
          && !rules.isAudit(child)
          && !Canonical.same(field.mine(), merged.get(name))) {
        overlaps.add(field.change(child));
      }
    }
    if (overlaps.size() == before) {
      throw refusal;
    }
    return mineWithTheirAudit(fields, path, sides);
  }

  /** Leaves every field below {@code path} in which the sides differ to a person. */
  private void overlapAll(Path path, Sides sides) {
    Differences differences = new Differences(rules);
    differences.field(path, sides);
    overlaps.addAll(differences.found());
  }

  /** Leaves everything to a person after the fact: a validator said no to the merged value. */
  Object undecided(Fields fields, Sides sides) {
    overlaps.clear();
    for (String name : fields.names(sides.inOrder())) {
      overlapAll(Path.ROOT.child(name), sides.field(fields, name));
    }
    return mineWithTheirAudit(fields, Path.ROOT, sides);
  }

  private Object mineWithTheirAudit(Fields fields, Path path, Sides sides) {
    Map<String, @Nullable Object> values = new LinkedHashMap<>();
    for (String name : fields.names(sides.inOrder())) {
      Object value = mineOrTheirAudit(fields, path.child(name), name, sides.field(fields, name));
      if (value != Absent.ABSENT) {
        values.put(name, value);
      }
    }
    try {
      return fields.build(values);
    } catch (RefusedValueException refused) {
      return Objects.requireNonNull(sides.mine());
    }
  }

  private @Nullable Object mineOrTheirAudit(Fields parent, Path path, String name, Sides field) {
    if (rules.isAudit(path)) {
      return field.theirs();
    }
    Fields nested = Fields.shared(field.theirs(), field.mine());
    return nested != null && parent.admits(name, nested.type())
        ? mineWithTheirAudit(nested, path, field)
        : field.mine();
  }

  private @Nullable Object field(
      Fields fields, Path parent, String name, Sides sides, Map<List<String>, Side> groups) {
    Path path = parent.child(name);
    Sides field = sides.field(fields, name);
    if (rules.isAudit(path)) {
      return field.theirs();
    }
    List<String> group = rules.groupAt(path);
    if (group != null) {
      return member(path, field, groups.computeIfAbsent(group, g -> sideOf(g, fields, sides)));
    }
    FieldRule rule = rules.at(path);
    if (rule instanceof FieldRule.Counter) {
      return counter(path, field);
    }
    if (rule instanceof FieldRule.Text text) {
      return text(path, field, text);
    }
    if (rule != null && fields.admits(name, CollectionMerge.typeLike(field.theirs()))) {
      return collection(path, field, rule);
    }
    return value(path, field, fields, name);
  }

  /** Which side a group of fields is taken from. */
  private enum Side {
    MINE,
    THEIRS,
    UNDECIDED
  }

  private static Side sideOf(List<String> group, Fields fields, Sides sides) {
    List<Sides> members = group.stream().map(name -> sides.field(fields, name)).toList();
    if (members.stream().allMatch(Sides::mineIsUntouched)
        || members.stream().allMatch(Sides::agree)) {
      return Side.THEIRS;
    }
    return members.stream().allMatch(Sides::theirsIsUntouched) ? Side.MINE : Side.UNDECIDED;
  }

  private @Nullable Object member(Path path, Sides field, Side side) {
    if (side == Side.THEIRS) {
      return field.theirs();
    }
    if (side == Side.UNDECIDED && !field.agree()) {
      overlaps.add(field.change(path));
    }
    return field.mine();
  }

  private @Nullable Object counter(Path path, Sides field) {
    if (field.base() instanceof Number base
        && field.mine() instanceof Number mine
        && field.theirs() instanceof Number theirs) {
      Number sum = CounterMerge.merge(base, mine, theirs);
      return sum == null ? leaf(path, field) : sum;
    }
    return leaf(path, field);
  }

  private @Nullable Object text(Path path, Sides field, FieldRule.Text rule) {
    boolean oneSided = field.mineIsUntouched() || field.theirsIsUntouched() || field.agree();
    if (!oneSided
        && field.base() instanceof String base
        && field.mine() instanceof String mine
        && field.theirs() instanceof String theirs) {
      TextMerge merge = rule.merge(base, mine, theirs);
      if (!merge.isMerged()) {
        overlaps.add(field.change(path));
      }
      return merge.withMine();
    }
    return leaf(path, field);
  }

  private @Nullable Object collection(Path path, Sides field, FieldRule rule) {
    if (rule instanceof FieldRule.Keyed keyed) {
      return keyed(path, field, keyed);
    }
    boolean oneSided = field.mineIsUntouched() || field.theirsIsUntouched();
    if (!oneSided
        && collectionBefore(field) instanceof Collection<?> base
        && field.mine() instanceof Collection<?> mine
        && field.theirs() instanceof Collection<?> theirs) {
      return CollectionMerge.sets(base, mine, theirs);
    }
    return leaf(path, field);
  }

  /** Where there was none, each side's elements are what it added. */
  private static @Nullable Object collectionBefore(Sides field) {
    return field.base() == null || field.base() == Absent.ABSENT ? List.of() : field.base();
  }

  private @Nullable Object keyed(Path path, Sides field, FieldRule.Keyed keyed) {
    Map<Object, Object> base = keyed.byId(collectionBefore(field));
    Map<Object, Object> mine = keyed.byId(field.mine());
    Map<Object, Object> theirs = keyed.byId(field.theirs());
    if (base == null || mine == null || theirs == null) {
      return leaf(path, field);
    }
    KeyedOrder order = new KeyedOrder(base.keySet(), mine.keySet(), theirs.keySet());
    if (field.areOrdered() && order.isContested()) {
      overlaps.add(field.change(path));
    }
    List<@Nullable Object> merged = new ArrayList<>();
    for (Object id : order.ids()) {
      Sides element = new Sides(of(base, id), of(mine, id), of(theirs, id));
      Object value = element(path.element(id), element);
      if (value != Absent.ABSENT) {
        merged.add(value);
      }
    }
    return CollectionMerge.likeTheirs(field.theirs(), merged);
  }

  private static Object of(Map<Object, Object> elements, Object id) {
    return elements.getOrDefault(id, Absent.ABSENT);
  }

  private @Nullable Object element(Path path, Sides element) {
    Fields nested = Fields.shared(element.theirs(), element.mine(), element.base());
    return nested == null ? leaf(path, element) : node(nested, path, element);
  }

  private @Nullable Object value(Path path, Sides field, Fields parent, String name) {
    Fields nested = Fields.shared(field.theirs(), field.mine(), field.base());
    return nested != null && parent.admits(name, nested.type())
        ? node(nested, path, field)
        : leaf(path, field);
  }

  /** A value that is merged as a whole. */
  private @Nullable Object leaf(Path path, Sides field) {
    if (field.mineIsUntouched() || field.agree()) {
      return field.theirs();
    }
    if (!field.theirsIsUntouched()) {
      overlaps.add(field.change(path));
    }
    return field.mine();
  }
}
