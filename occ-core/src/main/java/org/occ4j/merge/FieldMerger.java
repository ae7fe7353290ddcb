/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.merge;

import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The merger that {@link MergerBuilder} builds. */
final class FieldMerger<V> implements Merger<V> {
  private final Fields fields;
  private final MergeRules rules;
  private final @Nullable Predicate<? super V> validator;

  private final boolean absentIsNull;

  FieldMerger(
      Fields fields,
      MergeRules rules,
      @Nullable Predicate<? super V> validator,
      boolean absentIsNull) {
    this.fields = fields;
    this.rules = rules;
    this.validator = validator;
    this.absentIsNull = absentIsNull;
  }

  @Override
  public MergeResult<V> merge(V base, V mine, V theirs) {
    Objects.requireNonNull(base, "base");
    Objects.requireNonNull(mine, "mine");
    Objects.requireNonNull(theirs, "theirs");
    Sides sides = new Sides(read(base), read(mine), read(theirs));
    ThreeWay walk = new ThreeWay(rules);
    V merged = typed(walk.node(fields, Path.ROOT, sides));
    if (walk.overlaps().isEmpty() && isForbidden(merged, mine, theirs)) {
      merged = typed(walk.undecided(fields, sides));
    }
    return walk.overlaps().isEmpty()
        ? new MergeResult.Merged<>(merged)
        : new MergeResult.Overlapping<>(merged, walk.overlaps());
  }

  /** What one side wrote is its own affair; only what nobody wrote is asked about. */
  private boolean isForbidden(V merged, V mine, V theirs) {
    return validator != null
        && !changes(null, merged, mine).isEmpty()
        && !changes(null, theirs, merged).isEmpty()
        && !validator.test(merged);
  }

  @Override
  public List<FieldChange> changes(@Nullable V base, V theirs, V mine) {
    Objects.requireNonNull(theirs, "theirs");
    Objects.requireNonNull(mine, "mine");
    Differences differences = new Differences(rules);
    differences.node(fields, Path.ROOT, new Sides(read(base), read(mine), read(theirs)));
    return List.copyOf(differences.found());
  }

  private @Nullable Object read(@Nullable Object value) {
    return absentIsNull ? NullsLeftOut.of(value) : value;
  }

  @SuppressWarnings("unchecked") // the fields build what they were given
  private V typed(Object value) {
    return (V) value;
  }
}
