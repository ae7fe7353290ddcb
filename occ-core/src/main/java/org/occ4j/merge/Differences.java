/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.merge;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One walk over two values that lists the fields in which they differ, audit fields left out. */
final class Differences {
  private final MergeRules rules;
  private final List<FieldChange> found = new ArrayList<>();

  Differences(MergeRules rules) {
    this.rules = rules;
  }

  List<FieldChange> found() {
    return found;
  }

  /** Compares the fields of two values of one kind; a base of another kind counts as unknown. */
  void node(Fields fields, Path path, Sides sides) {
    for (String name : fields.names(Arrays.asList(sides.theirs(), sides.mine()))) {
      field(path.child(name), sides.field(fields, name));
    }
  }

  void field(Path path, Sides sides) {
    FieldRule rule = rules.at(path);
    if (rule instanceof FieldRule.TheirsAlways || sides.agree()) {
      return;
    }
    if (rule instanceof FieldRule.Keyed keyed && elements(keyed, path, sides)) {
      return;
    }
    value(path, sides);
  }

  private void value(Path path, Sides sides) {
    Fields nested = Fields.shared(sides.theirs(), sides.mine());
    if (nested == null) {
      found.add(sides.change(path));
    } else {
      node(nested, path, sides);
    }
  }

  private boolean elements(FieldRule.Keyed keyed, Path path, Sides sides) {
    Map<Object, Object> theirs = keyed.byId(sides.theirs());
    Map<Object, Object> mine = keyed.byId(sides.mine());
    if (theirs == null || mine == null) {
      return false;
    }
    Map<Object, Object> base = keyed.byId(sides.base());
    Set<Object> ids = new LinkedHashSet<>(theirs.keySet());
    ids.addAll(mine.keySet());
    if (sides.areOrdered() && !KeyedOrder.agree(theirs.keySet(), mine.keySet())) {
      found.add(sides.change(path)); // the order is the list's own
    }
    for (Object id : ids) {
      Sides element = new Sides(get(base, id), get(mine, id), get(theirs, id));
      if (!element.agree()) {
        value(path.element(id), element);
      }
    }
    return true;
  }

  private static Object get(@Nullable Map<Object, Object> elements, Object id) {
    return elements == null ? Absent.ABSENT : elements.getOrDefault(id, Absent.ABSENT);
  }
}
