/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.http;

import java.time.Duration;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.occ4j.change.Change;

/**
 * One reader of an {@link EventStream}: a place in it, and nothing that grows.
 *
 * <p>{@link #next} is for one thread at a time; {@link #close} may be called from any.
 */
public final class EventReader implements AutoCloseable {
  private final EventStream stream;
  private final Predicate<? super Change> visible;

  // Guarded by the stream's lock.
  /** What is told up to here, this reader has been told. */
  long place;

  /** The same, of what the application publishes. */
  long published;

  private boolean begun;
  private volatile boolean closed;

  EventReader(EventStream stream, long place, Predicate<? super Change> visible) {
    this.stream = stream;
    this.place = place;
    this.visible = visible;
  }

  /**
   * The frames to write next, and to flush: what is new, or after {@code atMost} without news a
   * comment, by which both ends notice a connection that is dead. The first call returns at once.
   *
   * @param atMost zero does not wait; some 15 seconds keep proxies from hanging up
   * @return null when the stream or this reader is closed: then the answer ends
   * @throws IllegalArgumentException if {@code atMost} is negative
   * @throws InterruptedException if interrupted on entry or while waiting; nothing is lost
   */
  public @Nullable String next(Duration atMost) throws InterruptedException {
    if (atMost.isNegative()) {
      throw new IllegalArgumentException("atMost must not be negative: " + atMost);
    }
    return stream.next(this, saturatedNanos(atMost));
  }

  private static long saturatedNanos(Duration duration) {
    try {
      return duration.toNanos();
    } catch (ArithmeticException tooLong) {
      return Long.MAX_VALUE;
    }
  }

  /** Ends it: a {@link #next} that waits returns null, as do later ones. Idempotent. */
  @Override
  public void close() {
    closed = true;
    stream.wake();
  }

  boolean isClosed() {
    return closed;
  }

  boolean sees(Change change) {
    return visible.test(change);
  }

  /** What stands at the beginning of the answer, the first time. */
  String begin(String head) {
    String text = begun ? "" : head;
    begun = true;
    return text;
  }
}
