/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutex;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * What only some grants need: the fencing token, once somebody asks for it, the queue, once
 * somebody waits for the key, and when the hold began, where a {@link HoldWatch} wants to know.
 */
final class GrantDetails {
  private static final long UNDRAWN = 0;
  private static final long CLOSED_BEFORE_DRAWN = -1;
  private static final VarHandle TOKEN;
  private static final VarHandle WARNED;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      TOKEN = lookup.findVarHandle(GrantDetails.class, "token", long.class);
      WARNED = lookup.findVarHandle(GrantDetails.class, "warned", boolean.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** When the key was granted, by the mutex's ticker; only where holds are watched. */
  private volatile long startedAt;

  private volatile @Nullable HoldWatch watch;

  private volatile long token = UNDRAWN;

  /** Whose head is to be told when the grant is released; null if nobody waited so far. */
  volatile @Nullable WaitQueue called;

  @SuppressWarnings("unused") // through WARNED
  private volatile boolean warned;

  /** Notes when the key was granted. */
  void start(long nanos, HoldWatch by) {
    startedAt = nanos;
    watch = by;
  }

  /** Calls the head of the queue, and tells the watch. */
  void letGo(Grant<?> grant) {
    WaitQueue queue = called;
    if (queue != null) {
      called = null; // a hold may be kept for long after its end
      queue.tellHead();
    }
    ended(grant);
  }

  /** Tells the watch that the hold is over. */
  void ended(Grant<?> grant) {
    HoldWatch present = watch;
    if (present != null) {
      present.ended(grant);
    }
  }

  /** Whether it is known since when the key is held. */
  boolean isStarted() {
    return watch != null;
  }

  long startedAt() {
    return startedAt;
  }

  /**
   * The token, drawn now if it was not before.
   *
   * <p>MUTEX-6: a token counts only if its grant was found to be held after it was drawn. Then
   * every later grant of the key draws after this one was released, which was after the draw, so
   * its token is greater. A grant that was closed before the first question gets no token and
   * answers zero, which is smaller than all. The compare-and-set makes the first answer final, also
   * when two threads ask while a third closes.
   */
  long token(SlotTable table, Grant<?> grant) {
    if (token == UNDRAWN) {
      long drawn = table.drawToken();
      long first = table.isHeld(grant) ? drawn : CLOSED_BEFORE_DRAWN;
      TOKEN.compareAndSet(this, UNDRAWN, first);
    }
    return Math.max(token, 0);
  }

  /** True for the first caller only. */
  boolean claimWarning() {
    return WARNED.compareAndSet(this, false, true);
  }
}
