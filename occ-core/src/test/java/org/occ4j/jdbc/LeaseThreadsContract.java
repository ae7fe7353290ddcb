/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.occ4j.testkit.Patience.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.occ4j.mutex.Hold;
import org.occ4j.mutex.LossReason;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.Running;

/** Whose threads leases need: a hold belongs to none, a wait costs none, user code stops none. */
abstract class LeaseThreadsContract extends LeaseNodesContract {
  private static final int WAITING = 40;

  /** The next renewal finds out what an operator did, after a third of it. */
  private static final Duration LEASE = Duration.ofSeconds(2);

  LeaseThreadsContract(Engine engine) {
    super(engine);
  }

  /** A hold is a value: its thread may end, and any other may use and close it. */
  @Test
  void hold_ofAThreadThatEnded_isUsedAndClosedByAnother() throws Exception {
    JdbcKeyedMutex<String> mutex = node();
    Running<Hold<String>> acquiring = Running.start(() -> mutex.acquire(KEY));
    Hold<String> hold = acquiring.result();
    acquiring.thread().join();
    assertThat(node().tryAcquire(KEY)).isNull();
    assertThat(hold.isValid()).isTrue();
    assertThat(hold.remaining()).isPositive();
    Running.start(
            () -> {
              hold.close();
              return true;
            })
        .result();
    try (Hold<String> next = node().acquire(KEY, LONG)) {
      assertThat(next.fencingToken()).isGreaterThan(hold.fencingToken());
      hold.close();
      assertThat(next.isValid()).isTrue();
      assertThat(node().tryAcquire(KEY)).isNull();
    }
  }

  /** The poll for all of them comes and goes; anything else would be there at every look. */
  @Test
  void acquireAsync_manyWaiting_keepNoThread() throws Exception {
    JdbcKeyedMutex<String> elsewhere = node();
    JdbcKeyedMutex<String> mutex = node();
    List<Hold<String>> held = new ArrayList<>();
    List<CompletableFuture<Hold<String>>> waiting = new ArrayList<>();
    for (int i = 0; i < WAITING; i++) {
      held.add(elsewhere.acquire("key " + i));
      waiting.add(mutex.acquireAsync("key " + i, LONG).toCompletableFuture());
    }
    await().until(() -> mutex.stats().waiting() == WAITING);
    await().until(() -> busyWorkers() == 0);
    assertThat(waiting).noneMatch(CompletableFuture::isDone);
    held.forEach(Hold::close);
    for (CompletableFuture<Hold<String>> future : waiting) {
      future.get(LONG.toSeconds(), TimeUnit.SECONDS).close();
    }
  }

  /** Workers that do something for a lease; the others wait for work, in classes of the JDK. */
  private static long busyWorkers() {
    return Thread.getAllStackTraces().entrySet().stream()
        .filter(thread -> thread.getKey().getName().equals("occ4j-lease-worker"))
        .filter(
            thread ->
                Arrays.stream(thread.getValue())
                    .anyMatch(frame -> frame.getClassName().startsWith("org.occ4j.")))
        .count();
  }

  /** Listeners run under no lock, so one may do what it likes with the mutex. */
  @Test
  void onLost_listenerThatUsesTheMutex_getsTheKeyAgain() throws Exception {
    JdbcKeyedMutex<String> mutex = node();
    CompletableFuture<Long> again = new CompletableFuture<>();
    Hold<String> hold = mutex.acquire(KEY, LONG, LEASE);
    hold.onLost(
        reason -> {
          try (Hold<String> next = mutex.acquire(KEY)) {
            again.complete(next.fencingToken());
          } catch (InterruptedException | RuntimeException failed) {
            again.completeExceptionally(failed);
          }
        });
    mutex.forceRelease(KEY);
    assertThat(again.get(LONG.toSeconds(), TimeUnit.SECONDS)).isGreaterThan(hold.fencingToken());
  }

  @Test
  void onLost_listenerThatBlocks_stopsNobodyElse() throws Exception {
    JdbcKeyedMutex<String> mutex = node();
    CountDownLatch blocked = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    CompletableFuture<LossReason> heard = new CompletableFuture<>();
    mutex
        .acquire(KEY, LONG, LEASE)
        .onLost(
            reason -> {
              blocked.countDown();
              awaitUninterruptibly(goOn);
            });
    try (Hold<String> renewed = mutex.acquire("renewed", LONG)) {
      mutex.forceRelease(KEY);
      assertThat(blocked.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
      mutex.acquire("other", LONG, LEASE).onLost(heard::complete);
      mutex.forceRelease("other");
      assertThat(heard.get(LONG.toSeconds(), TimeUnit.SECONDS)).isNotNull();
      mutex.acquire(KEY, LONG).close();
      assertThat(renewed.isValid()).isTrue();
    } finally {
      goOn.countDown();
    }
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException closing) {
      Thread.currentThread().interrupt();
    }
  }
}
