/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.store;

import java.util.List;
import java.util.function.Function;

/** A decision that replaces known contents of several cells, if all of them are still there. */
final class AtomicWrite extends MultiCas {
  private final List<Descriptor> intents;

  /**
   * A write of these replacements.
   *
   * @param replacements in byte order of the keys; a cell that is only read is replaced by itself
   */
  AtomicWrite(List<Replacement> replacements) {
    Function<Replacement, Descriptor> intent =
        one -> new Descriptor(this, one.cell(), one.before(), one.after());
    this.intents = replacements.stream().map(intent).toList();
  }

  @Override
  boolean installAll() {
    for (Descriptor intent : intents) {
      if (!install(intent)) {
        return false;
      }
    }
    return true;
  }

  private boolean install(Descriptor intent) {
    while (true) {
      Object seen = intent.cell.slot();
      if (seen == intent) {
        return true;
      }
      if (isDecided()) {
        return false;
      }
      if (seen instanceof Descriptor) {
        intent.cell.settle();
      } else if (seen != intent.before) {
        return false;
      } else if (intent.cell.compareAndSet(seen, intent)) {
        return true;
      }
    }
  }

  @Override
  void clearAll() {
    for (Descriptor intent : intents) {
      intent.clear();
    }
  }

  /** What one cell holds, and is to hold. */
  record Replacement(Cell<?, ?> cell, Object before, Object after) {}
}
