/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutex;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.occ4j.testkit.Patience.await;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.occ4j.testkit.FakeTicker;

/** Warnings of holds that last too long, read where slf4j-simple writes them. */
@ResourceLock(Resources.SYSTEM_ERR)
class HoldWatchTest {
  private static final Duration LIMIT = Duration.ofMillis(20);

  private final FakeTicker ticker = new FakeTicker();
  private final KeyedMutex<String> mutex =
      KeyedMutex.<String>builder().ticker(ticker).warnHeldLongerThan(LIMIT).build();
  private final ByteArrayOutputStream log = new ByteArrayOutputStream();
  private final PrintStream stderr = System.err;

  @BeforeEach
  void captureLog() {
    System.setErr(new PrintStream(log, true, UTF_8));
  }

  @AfterEach
  void restoreLog() {
    System.setErr(stderr);
  }

  @Test
  void holdThatLasts_isWarnedOfOnce_withKeyAndThread() throws Exception {
    try (Hold<String> hold = mutex.acquire("task:42")) {
      assertThat(warnings()).isZero();
      ticker.advance(LIMIT.plusNanos(1));
      await().until(() -> warnings() == 1);
      assertThat(logged())
          .contains("WARN")
          .contains("task:42")
          .contains(Thread.currentThread().getName());
      ticker.advance(LIMIT.multipliedBy(10));
    }
    await().during(LIMIT.multipliedBy(4)).until(() -> warnings() == 1);
  }

  @Test
  void holdThatEndsBeforeTheSweep_isWarnedOfAtItsEnd() throws Exception {
    try (Hold<String> hold = mutex.acquire("task:42")) {
      ticker.advance(LIMIT.plusNanos(1));
    }
    await().until(() -> warnings() == 1);
  }

  @Test
  void holdWithinTheLimit_isNotWarnedOf() throws Exception {
    try (Hold<String> hold = mutex.acquire("task:42")) {
      ticker.advance(LIMIT);
    }
    await().during(LIMIT.multipliedBy(4)).until(() -> warnings() == 0);
  }

  @Test
  void eachHoldOfTheKey_isWarnedOf_alsoAfterAnIdleTime() throws Exception {
    for (int round = 1; round <= 3; round++) {
      try (Hold<String> hold = mutex.acquire("task:42")) {
        ticker.advance(LIMIT.plusNanos(1));
        int expected = round;
        await().until(() -> warnings() == expected);
      }
    }
  }

  @Test
  void holder_ofAWatchedMutex_knowsForHowLong() throws Exception {
    try (Hold<String> hold = mutex.acquire("task:42")) {
      ticker.advance(Duration.ofMillis(7));
      assertThat(mutex.holder("task:42").orElseThrow().heldFor()).isEqualTo(Duration.ofMillis(7));
    }
    KeyedMutex<String> unwatched = KeyedMutex.inMemory();
    try (Hold<String> hold = unwatched.acquire("task:42")) {
      assertThat(unwatched.holder("task:42").orElseThrow().heldFor()).isNull();
    }
  }

  private String logged() {
    return log.toString(UTF_8);
  }

  private long warnings() {
    return Pattern.compile("Key task:42 is held").matcher(logged()).results().count();
  }
}
