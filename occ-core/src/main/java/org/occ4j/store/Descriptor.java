/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.store;

/**
 * What a decision over several cells puts into each of them until it has been taken: the contents
 * before, and those after if it is committed.
 */
final class Descriptor {
  final MultiCas decision;
  final Cell<?, ?> cell;
  final Object before;
  final Object after;

  Descriptor(MultiCas decision, Cell<?, ?> cell, Object before, Object after) {
    this.decision = decision;
    this.cell = cell;
    this.before = before;
    this.after = after;
  }

  /** What the cell counts as holding at this moment. */
  Object settled() {
    return decision.isCommitted() ? after : before;
  }

  /** Leaves what it settled to in the cell, if the intent is still there. */
  void clear() {
    cell.compareAndSet(this, settled());
  }
}
