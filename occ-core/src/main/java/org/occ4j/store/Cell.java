/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.store;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;
import org.occ4j.Versioned;

/**
 * The place of one key: a slot that only compare-and-set changes.
 *
 * <p>The slot holds one of four things:
 *
 * <pre>
 *   VACANT ──► Versioned ──► Versioned ──► … ──► DEAD
 *     └───────────────────────────────────────────▲
 *   and between any two of them perhaps a Descriptor, which counts as what it settles to
 * </pre>
 *
 * <p>CELL-1: a slot that held a state never becomes vacant again, and a dead one stays dead; the
 * next life of the key has a cell of its own. CELL-2: every {@link Versioned} in a slot is a new
 * object, so finding the same object again means that nothing was written in between.
 */
final class Cell<K, V> {
  /** No state yet. */
  static final Object VACANT = new Marker("vacant");

  /** No state any more: this cell leaves, or has left, the table. */
  static final Object DEAD = new Marker("dead");

  private static final VarHandle SLOT;

  static {
    try {
      SLOT = MethodHandles.lookup().findVarHandle(Cell.class, "slot", Object.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  final K key;

  /** The encoded key. Never changed. */
  final byte[] bytes;

  private volatile Object slot = VACANT;

  Cell(K key, byte[] bytes) {
    this.key = key;
    this.bytes = bytes;
  }

  /** What is in the slot, be it an intent. */
  Object slot() {
    return slot;
  }

  boolean compareAndSet(Object seen, Object next) {
    return SLOT.compareAndSet(this, seen, next);
  }

  /** The state of the key at this moment. Never waits, never helps, never writes. */
  @Nullable Versioned<V> read() {
    Object seen = slot;
    return stateIn(seen instanceof Descriptor intent ? intent.settled() : seen);
  }

  /**
   * What is in the slot once no intent is: a decided one is cleared away, an undecided one is
   * helped to its decision first, so that no writer ever waits for another thread to be scheduled.
   */
  Object settle() {
    Object seen = slot;
    while (seen instanceof Descriptor intent) {
      intent.decision.finish();
      compareAndSet(intent, intent.settled());
      seen = slot;
    }
    return seen;
  }

  /** The state in settled contents, or null for vacant and dead ones. */
  @SuppressWarnings("unchecked") // only states of this cell's store are ever put into its slot
  static <V> @Nullable Versioned<V> stateIn(Object settled) {
    return settled instanceof Versioned<?> state ? (Versioned<V>) state : null;
  }

  private record Marker(String name) {}
}
