/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.merge;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the builder was told, by path.
 *
 * @param rules at most one for a path
 * @param groups fields that move together, by the path of each member; the lists name the members
 *     without their common parent
 */
record MergeRules(Map<String, FieldRule> rules, Map<String, List<String>> groups) {
  MergeRules {
    rules = Map.copyOf(rules);
    groups = Map.copyOf(groups);
  }

  @Nullable FieldRule at(Path path) {
    return rules.get(path.rule());
  }

  boolean isAudit(Path path) {
    return at(path) instanceof FieldRule.TheirsAlways;
  }

  /** The members of the group to which this field belongs, or null if it belongs to none. */
  @Nullable List<String> groupAt(Path path) {
    return groups.get(path.rule());
  }
}
