/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.store;

import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * A decision that changes nothing and so learns what several cells held at one moment, whatever
 * their writers do: it takes what it meets, instead of expecting something.
 */
final class AtomicRead extends MultiCas {
  private final List<? extends Cell<?, ?>> cells;
  private final AtomicReferenceArray<@Nullable Descriptor> intents;

  /**
   * A read of these cells.
   *
   * @param cells in byte order of the keys
   */
  AtomicRead(List<? extends Cell<?, ?>> cells) {
    this.cells = cells;
    this.intents = new AtomicReferenceArray<>(cells.size());
  }

  /** What the cell at {@code index} held at the moment of the decision, if it was committed. */
  Object contents(int index) {
    Descriptor intent = intents.get(index);
    if (intent == null || !isCommitted()) {
      throw new IllegalStateException("nothing was read");
    }
    return intent.before;
  }

  @Override
  boolean installAll() {
    for (int index = 0; index < cells.size(); index++) {
      if (!install(index)) {
        return false;
      }
    }
    return true;
  }

  private boolean install(int index) {
    Cell<?, ?> cell = cells.get(index);
    while (true) {
      Object seen = cell.slot();
      if (seen instanceof Descriptor intent && intent.decision == this) {
        // The first intent that was installed while undecided stays the answer: a late helper's
        // own one finds the place taken.
        intents.compareAndSet(index, null, intent);
        return true;
      }
      if (isDecided() || seen == Cell.DEAD) {
        // A dead cell says nothing about its key, which may live on in another cell.
        return false;
      }
      if (seen instanceof Descriptor) {
        cell.settle();
      } else {
        cell.compareAndSet(seen, new Descriptor(this, cell, seen, seen));
      }
    }
  }

  @Override
  void clearAll() {
    for (Cell<?, ?> cell : cells) {
      if (cell.slot() instanceof Descriptor intent && intent.decision == this) {
        intent.clear();
      }
    }
  }
}
