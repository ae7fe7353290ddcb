/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.merge;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The order of a keyed list, merged as a field of its own.
 *
 * <p>What counts is the order, relative to each other, of the ids that all three sides have. The
 * side that changed it leads, theirs if none did; what only the other side has goes to where that
 * side put it: to the front, to the end, or behind the element that it followed there, after what
 * the leader put into the same place.
 */
final class KeyedOrder {
  private final List<Object> base;
  private final List<Object> mine;
  private final List<Object> theirs;

  /** Of the ids of each side, in its order. */
  KeyedOrder(Collection<Object> base, Collection<Object> mine, Collection<Object> theirs) {
    this.base = List.copyOf(base);
    this.mine = List.copyOf(mine);
    this.theirs = List.copyOf(theirs);
  }

  /** Whether two sides have their common ids in the same order. */
  static boolean agree(Collection<Object> one, Collection<Object> other) {
    return common(one, other).equals(common(other, one));
  }

  /** Whether both sides changed the order, in different ways; then mine leads. */
  boolean isContested() {
    if (agree(mine, theirs)) {
      return false;
    }
    Set<Object> known = new HashSet<>(base);
    // An id that both added has no place in the base, so each of them chose one.
    boolean bothAdded = common(mine, theirs).stream().anyMatch(id -> !known.contains(id));
    return bothAdded || (hasMoved(mine, theirs) && hasMoved(theirs, mine));
  }

  /** Whether one side changed the order of the ids that all three have. */
  private boolean hasMoved(List<Object> side, List<Object> other) {
    return !common(common(side, other), base).equals(common(common(base, other), side));
  }

  /** All ids of both sides, those of removed elements among them. */
  List<Object> ids() {
    return hasMoved(mine, theirs) || isContested() ? lead(mine, theirs) : lead(theirs, mine);
  }

  private static List<Object> lead(List<Object> leader, List<Object> follower) {
    Set<Object> led = new HashSet<>(leader);
    // What only the follower has, by the id behind which it stands there; each common id is a key.
    Map<Object, List<Object>> behind = new HashMap<>();
    List<Object> front = new ArrayList<>();
    List<Object> run = front;
    for (Object id : follower) {
      if (led.contains(id)) {
        run = new ArrayList<>();
        behind.put(id, run);
      } else {
        run.add(id);
      }
    }
    List<Object> end = run;
    List<Object> merged = new ArrayList<>();
    List<Object> waiting = front;
    for (Object id : leader) {
      List<Object> next = behind.get(id);
      if (next != null) {
        addUnless(waiting, end, merged);
        waiting = next;
      }
      merged.add(id);
    }
    addUnless(waiting, end, merged);
    merged.addAll(end);
    return merged;
  }

  @SuppressWarnings("ReferenceEquality") // the very run, however equal others are
  private static void addUnless(List<Object> run, List<Object> end, List<Object> merged) {
    if (run != end) {
      merged.addAll(run);
    }
  }

  /** Those of {@code ids} that {@code others} has too. */
  private static List<Object> common(Collection<Object> ids, Collection<Object> others) {
    Set<Object> wanted = new HashSet<>(others);
    return ids.stream().filter(wanted::contains).toList();
  }
}
