/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.store;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * One step over several cells: intents are installed in the cells in byte order of their keys, then
 * one write of the status makes all of them count, or none.
 */
abstract class MultiCas {

  /*
   * After Harris, Fraser and Pratt, "A Practical Multi-Word Compare-and-Swap Operation" (DISC
   * 2002), without its conditional installing: that guards against a slow helper who installs an intent
   * after the decision, which here changes nothing, because
   *
   * MULTICAS-1  while undecided, an intent leaves its cell by nobody; so when the status becomes
   *     committed, all intents are in their cells at that moment.
   * MULTICAS-2  the contents before a committed write never come back (CELL-2), so a late
   *     installing of its intent fails; a late intent of an aborted decision, or one that only
   *     reads, settles to the very contents that it replaced.
   * MULTICAS-3  intents are installed in one order everywhere, so that helping, which recurses from
   *     a cell into the decision that occupies it, only ever goes upwards and ends.
   */

  private static final VarHandle STATUS;

  static {
    try {
      STATUS = MethodHandles.lookup().findVarHandle(MultiCas.class, "status", Status.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private enum Status {
    UNDECIDED,
    COMMITTED,
    ABORTED
  }

  private volatile Status status = Status.UNDECIDED;

  /**
   * Takes the decision, or helps whoever is taking it; any thread may call it any number of times.
   * When it returns the decision has been taken, and this thread leaves no intent behind.
   *
   * @return whether it was committed
   */
  final boolean finish() {
    if (!isDecided()) {
      decide(installAll() ? Status.COMMITTED : Status.ABORTED);
    }
    clearAll();
    return isCommitted();
  }

  final boolean isCommitted() {
    return status == Status.COMMITTED;
  }

  final boolean isDecided() {
    return status != Status.UNDECIDED;
  }

  private void decide(Status decided) {
    STATUS.compareAndSet(this, Status.UNDECIDED, decided);
  }

  /**
   * Installs what is not yet installed, until the decision has been taken.
   *
   * @return whether all intents were seen in their cells while undecided
   */
  abstract boolean installAll();

  /** Clears the intents away after the decision. */
  abstract void clearAll();
}
