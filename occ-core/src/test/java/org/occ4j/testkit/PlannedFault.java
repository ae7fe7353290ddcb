/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * One thing that a {@link WireProxy} was told to do to a statement to come. It happens to the first
 * statement that fits, once. Ask {@link #happened()} at the end of a test: a fault that never
 * struck has proved nothing. Thread-safe.
 */
public final class PlannedFault {
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  /** What is done to the statement. */
  enum Kind {
    DROP_REQUEST,
    DROP_ANSWER,
    HOLD
  }

  private final Kind kind;
  private final long fromNumber;
  private final Predicate<? super String> statement;
  private final CountDownLatch struck = new CountDownLatch(1);
  private final CountDownLatch released = new CountDownLatch(1);

  PlannedFault(Kind kind, long fromNumber, Predicate<? super String> statement) {
    this.kind = kind;
    this.fromNumber = fromNumber;
    this.statement = statement;
  }

  Kind kind() {
    return kind;
  }

  boolean fits(long number, String sql) {
    return number >= fromNumber && statement.test(sql);
  }

  void strike() {
    struck.countDown();
  }

  void awaitRelease() throws InterruptedException {
    released.await();
  }

  /**
   * Whether it has happened: the request was discarded; or the server's answer was complete and was
   * discarded, so that the statement was executed; or the statement has arrived and is held.
   */
  public boolean happened() {
    return struck.getCount() == 0;
  }

  /**
   * Waits until it has {@linkplain #happened() happened}.
   *
   * @throws AssertionError if it has not within a minute
   * @throws InterruptedException if the calling thread is interrupted
   */
  public void awaitHappened() throws InterruptedException {
    if (!struck.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new AssertionError(
          "No statement has met the planned fault " + kind + " within a minute");
    }
  }

  /** Lets a held statement go on to the server, now or when it arrives; else without effect. */
  public void release() {
    released.countDown();
  }
}
