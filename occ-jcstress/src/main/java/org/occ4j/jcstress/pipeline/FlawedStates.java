/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jcstress.pipeline;

import org.jspecify.annotations.Nullable;

/** One slot for a row, with one flaw put in on purpose: what the races have to catch. */
final class FlawedStates implements SmallStates {

  /** What is wrong. */
  enum Flaw {
    /** The key and the row of an entry are kept in two steps. */
    KEY_THEN_ROW,
    /** It looks whose row is kept, and then empties the slot, in two steps. */
    CHECK_THEN_DROP
  }

  private record Entry(String key, long version) {}

  private final Flaw flaw;
  private volatile @Nullable Entry entry;

  FlawedStates(Flaw flaw) {
    this.flaw = flaw;
  }

  /** Between the two steps of a flaw: wide enough to be met in a short run. */
  @SuppressWarnings("ThreadPriorityCheck") // no result rests on it
  private static void gap() {
    Thread.yield();
  }

  @Override
  public @Nullable Long find(String key) {
    Entry found = entry;
    return found != null && found.key().equals(key) ? found.version() : null;
  }

  @Override
  public void keep(String key, long version) {
    Entry before = entry;
    if (flaw == Flaw.KEY_THEN_ROW && before != null) {
      entry = new Entry(key, before.version());
      gap();
    }
    entry = new Entry(key, version);
  }

  @Override
  public void drop(String key) {
    if (find(key) != null) {
      gap();
      entry = null;
    }
  }
}
