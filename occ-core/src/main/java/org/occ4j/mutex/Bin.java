/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutex;

import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * An inflated slot: the cells of the keys that fell into it while one of them was held.
 *
 * <p>The lock guards the list of cells and their queues. It is held for a few steps, never while a
 * thread waits, and no user code runs under it: keys are compared before it is taken, and all that
 * is checked under it is that no cell was added since ({@link #first} is the same).
 */
final class Bin {
  final int index;
  final ReentrantLock lock = new ReentrantLock();

  /** The newest cell. Cells are added at the front only, so a search misses none that stays. */
  volatile @Nullable Cell first;

  /** A bin that takes over a slot from the grant that was alone in it. */
  Bin(int index, Grant<?> held) {
    this.index = index;
    this.first = new Cell(this, held, null);
  }

  @Nullable Cell heldBy(Grant<?> grant) {
    for (Cell cell = first; cell != null; cell = cell.next) {
      if (cell.isHeldBy(grant)) {
        return cell;
      }
    }
    return null;
  }

  /** Under the lock. */
  void remove(Cell gone) {
    Cell before = null;
    for (Cell cell = first; cell != gone; cell = cell.next) {
      if (cell == null) {
        throw new AssertionError("not in this bin");
      }
      before = cell;
    }
    if (before == null) {
      first = gone.next;
    } else {
      before.next = gone.next;
    }
  }
}
