/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutex;

import org.jspecify.annotations.Nullable;

/**
 * A grant that belongs to the thread which acquired it and may be entered again by it. It never
 * leaves this package: {@code withLock} and {@code asLock} keep it to themselves.
 */
final class ThreadGrant<K> extends Grant<K> {
  /** How often the owner is inside. Plain: only the owner touches it, and only while it holds. */
  private int entries = 1;

  ThreadGrant(@Nullable Object[] slots, K key, int hash) {
    super(slots, key, hash);
  }

  boolean isMine() {
    return owner == Thread.currentThread();
  }

  void enterAgain() {
    if (entries == Integer.MAX_VALUE) {
      throw new IllegalStateException("entered too often: " + key);
    }
    entries++;
  }

  /** Leaves once; the last exit gives the key back. */
  void exit() {
    if (entries > 1) {
      entries--;
    } else {
      close();
    }
  }
}
