/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutex;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.occ4j.testkit.Patience.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.occ4j.testkit.FakeTicker;
import org.occ4j.testkit.Running;

/** What only the mutex in memory promises, and what can be seen only from within its package. */
@Timeout(300)
class InMemoryMutexTest {
  private static final Duration LONG = Duration.ofSeconds(60);

  // Nothing is retained

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 16})
  void table_afterManyThreadsAndWaysToWait_isEmpty(int slots) throws Exception {
    InMemoryMutex<Integer> mutex = mutexOf(slots, false);
    List<Running<Boolean>> threads = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      threads.add(Running.start(() -> useInEveryWay(mutex)));
    }
    for (Running<Boolean> thread : threads) {
      thread.result();
    }
    await().until(mutex::isEmpty);
    assertThat(mutex.stats().waiting()).isZero();
  }

  private static boolean useInEveryWay(KeyedMutex<Integer> mutex) throws Exception {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    for (int round = 0; round < 5_000; round++) {
      Integer key = random.nextInt(5);
      switch (random.nextInt(6)) {
        case 0 -> mutex.acquire(key).close();
        case 1 -> closeIfHeld(mutex.tryAcquire(key));
        case 2 -> closeIfHeld(mutex.tryAcquire(key, Duration.ofNanos(random.nextInt(50_000))));
        case 3 -> cancelOrClose(mutex.acquireAsync(key, Duration.ofNanos(random.nextInt(50_000))));
        case 4 -> mutex.acquireAll(List.of(key, (key + 1) % 5), LONG).close();
        default -> mutex.withLock(key, () -> mutex.withLock(key, () -> 1));
      }
    }
    return true;
  }

  private static void closeIfHeld(Hold<?> hold) {
    if (hold != null) {
      hold.close();
    }
  }

  private static void cancelOrClose(CompletableFuture<Hold<Integer>> future) throws Exception {
    if (ThreadLocalRandom.current().nextBoolean() && future.cancel(false)) {
      return;
    }
    try {
      future.get().close();
    } catch (ExecutionException late) {
      assertThat(late).hasCauseInstanceOf(TimeoutException.class);
    }
  }

  @Test
  void table_keysUsedOnce_areNotRetained() throws Exception {
    InMemoryMutex<Long> mutex = (InMemoryMutex<Long>) KeyedMutex.<Long>inMemory();
    for (long key = 0; key < 1_000_000; key++) {
      mutex.acquire(key).close();
    }
    assertThat(mutex.isEmpty()).isTrue();
  }

  // Order

  @Test
  void overtaking_byABusyThread_isBounded() throws Exception {
    KeyedMutex<String> mutex = KeyedMutex.inMemory();
    AtomicBoolean stop = new AtomicBoolean();
    List<Running<Boolean>> busy = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      busy.add(
          Running.start(
              () -> {
                while (!stop.get()) {
                  mutex.acquire("hot").close();
                }
                return true;
              }));
    }
    // Without the hand-over a head may lose every race; with it, a hundred turns surely come.
    for (int turn = 0; turn < 100; turn++) {
      mutex.acquire("hot", LONG).close();
    }
    stop.set(true);
    for (Running<Boolean> thread : busy) {
      thread.result();
    }
  }

  @Test
  void fairMutex_keyWithWaiters_isNotOvertakenByAcquire() throws Exception {
    KeyedMutex<String> mutex = mutexOf(1, true);
    Hold<String> first = mutex.acquire("key");
    CompletableFuture<Hold<String>> second = mutex.acquireAsync("key", LONG);
    CompletableFuture<Hold<String>> third = mutex.acquireAsync("key", LONG);
    first.close();
    assertThat(mutex.tryAcquire("key", Duration.ZERO)).isNull();
    second.get(60, TimeUnit.SECONDS).close();
    third.get(60, TimeUnit.SECONDS).close();
  }

  // Time

  @Test
  void timeout_byTheTickerOfTheMutex() throws Exception {
    FakeTicker ticker = new FakeTicker();
    KeyedMutex<String> mutex = KeyedMutex.<String>builder().ticker(ticker).build();
    Hold<String> hold = mutex.acquire("key");
    Running<Hold<String>> waiter =
        Running.start(() -> mutex.tryAcquire("key", Duration.ofMillis(20)));
    CompletableFuture<Hold<String>> future = mutex.acquireAsync("key", Duration.ofMillis(20));
    await().during(Duration.ofMillis(200)).until(() -> mutex.queueLength("key") == 2);

    ticker.advance(Duration.ofMillis(20));
    assertThat(waiter.result()).isNull();
    assertThatThrownBy(() -> future.get(60, TimeUnit.SECONDS))
        .hasCauseInstanceOf(TimeoutException.class);
    hold.close();
  }

  @Test
  void ticker_thatThrows_leavesNothingQueued() throws Exception {
    AtomicBoolean broken = new AtomicBoolean();
    KeyedMutex<String> mutex =
        KeyedMutex.<String>builder()
            .ticker(
                () -> {
                  if (broken.get()) {
                    throw new IllegalStateException("no time");
                  }
                  return System.nanoTime();
                })
            .build();
    Hold<String> hold = mutex.acquire("key");
    broken.set(true);
    assertThatThrownBy(() -> mutex.acquire("key", LONG)).hasMessage("no time");
    assertThat(mutex.acquireAsync("key", LONG)).isCompletedExceptionally();
    assertThat(mutex.queueLength("key")).isZero();
    broken.set(false);
    hold.close();
    assertThat(((InMemoryMutex<String>) mutex).isEmpty()).isTrue();
  }

  // Futures

  @Test
  void executor_runsWhatHangsOnTheFuture() throws Exception {
    List<Runnable> tasks = new ArrayList<>();
    KeyedMutex<String> mutex = KeyedMutex.<String>builder().executor(tasks::add).build();
    Hold<String> first = mutex.acquire("key");
    CompletableFuture<Hold<String>> future = mutex.acquireAsync("key", LONG);
    first.close();
    assertThat(future).isNotDone();
    assertThat(tasks).hasSize(1);

    tasks.get(0).run();
    future.get(60, TimeUnit.SECONDS).close();
  }

  @Test
  void executor_thatRefuses_losesNoKey() throws Exception {
    KeyedMutex<String> mutex =
        KeyedMutex.<String>builder()
            .executor(
                task -> {
                  throw new RejectedExecutionException("shut down");
                })
            .build();
    Hold<String> first = mutex.acquire("key");
    CompletableFuture<Hold<String>> future = mutex.acquireAsync("key", LONG);
    first.close();
    future.get(60, TimeUnit.SECONDS).close();
    mutex.acquire("key", LONG).close();
  }

  @Test
  void future_completedByItsOwner_givesTheKeyBack() throws Exception {
    KeyedMutex<String> mutex = KeyedMutex.inMemory();
    Hold<String> first = mutex.acquire("key");
    CompletableFuture<Hold<String>> failed = mutex.acquireAsync("key", LONG);
    CompletableFuture<Hold<String>> timedOut =
        mutex.acquireAsync("key", LONG).orTimeout(20, TimeUnit.MILLISECONDS);
    failed.completeExceptionally(new IllegalStateException("not needed"));
    await().until(timedOut::isDone);
    await().until(() -> mutex.queueLength("key") == 0);
    first.close();
    mutex.acquire("key", LONG).close();
  }

  // User code

  @Test
  void equals_runsUnderNoLockOfTheMutex() throws Exception {
    KeyedMutex<Nosy> mutex = KeyedMutex.<Nosy>builder().slots(1).build();
    AtomicInteger looks = new AtomicInteger();
    Nosy held = new Nosy("held", () -> {});
    Nosy other = new Nosy("other", () -> {});
    Hold<Nosy> first = mutex.acquire(held);
    Hold<Nosy> second = mutex.acquire(other); // two keys in the slot
    Nosy nosy =
        new Nosy(
            "held",
            () -> {
              // Another thread can work on the very same slot meanwhile, so no lock is held here.
              if (looks.incrementAndGet() == 1) {
                Hold<Nosy> third = mutex.tryAcquire(new Nosy("third", () -> {}));
                assertThat(third).isNotNull();
                third.close();
              }
            });
    assertThat(Running.start(() -> mutex.tryAcquire(nosy)).result()).isNull();
    assertThat(looks).hasPositiveValue();
    first.close();
    second.close();
  }

  /** A key whose equals does something in another thread and waits for it. */
  private static final class Nosy {
    private final String name;
    private final Runnable look;

    Nosy(String name, Runnable look) {
      this.name = name;
      this.look = look;
    }

    private void look() {
      inAnotherThread(look);
    }

    @Override
    public boolean equals(Object other) {
      look();
      if (!(other instanceof Nosy that)) {
        return false;
      }
      that.look();
      return that.name.equals(name);
    }

    @Override
    public int hashCode() {
      return 7;
    }

    @Override
    public String toString() {
      return name;
    }
  }

  /** What wakes a waiter is a permit, and any lock that user code waits for can use it up. */
  @Test
  void equals_thatUsesUpTheWakeUp_whileRingsAreLookedFor_losesNoTurn() throws Exception {
    KeyedMutex<Drowsy> mutex = KeyedMutex.inMemory();
    Hold<Drowsy> hold = mutex.acquire(new Drowsy(() -> {}));
    AtomicInteger naps = new AtomicInteger();
    Drowsy wanted =
        new Drowsy(
            () -> {
              if (isIn(WaitGraph.class) && naps.incrementAndGet() == 1) {
                inAnotherThread(hold::close);
                LockSupport.parkNanos(1); // uses up the waiter's permit if it is still there
              }
            });
    assertThat(Running.start(() -> mutex.withLock(wanted, () -> "done")).result())
        .isEqualTo("done");
    assertThat(naps).hasValue(1);
  }

  @Test
  void equals_thatThrows_whereAFutureMovesUp_isThatFuturesFailure() throws Exception {
    AtomicBoolean broken = new AtomicBoolean();
    Drowsy unlucky =
        new Drowsy(
            () -> {
              if (broken.get()) {
                throw new IllegalStateException("broken key");
              }
            });
    InMemoryMutex<Drowsy> mutex = mutexOf(1, false);
    Hold<Drowsy> hold = mutex.acquire(new Drowsy(() -> {}));
    CompletableFuture<Hold<Drowsy>> first = mutex.acquireAsync(new Drowsy(() -> {}), LONG);
    CompletableFuture<Hold<Drowsy>> second = mutex.acquireAsync(unlucky, LONG);
    broken.set(true);
    assertThat(first.cancel(false)).isTrue();
    assertThatThrownBy(() -> second.get(60, TimeUnit.SECONDS)).hasRootCauseMessage("broken key");
    hold.close();
    assertThat(mutex.isEmpty()).isTrue();
  }

  @Test
  void executor_thatRunsATaskAndThenThrows_endsNoHold() throws Exception {
    Executor runsAndThrows =
        task -> {
          task.run();
          throw new IllegalStateException("after the task");
        };
    KeyedMutex<String> mutex = KeyedMutex.<String>builder().executor(runsAndThrows).build();
    Hold<String> first = mutex.acquire("key");
    CompletableFuture<Hold<String>> second = mutex.acquireAsync("key", LONG);
    first.close();
    // The task was given to the common pool once more; it is done when that has nothing to do.
    assertThat(ForkJoinPool.commonPool().awaitQuiescence(60, TimeUnit.SECONDS)).isTrue();
    assertThat(second.get(60, TimeUnit.SECONDS).isValid()).isTrue();
    assertThat(mutex.tryAcquire("key")).isNull();
  }

  private static boolean isIn(Class<?> type) {
    return StackWalker.getInstance()
        .walk(frames -> frames.anyMatch(frame -> frame.getClassName().equals(type.getName())));
  }

  private static void inAnotherThread(Runnable task) {
    try {
      Running.start(
              () -> {
                task.run();
                return true;
              })
          .result();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** All of them are equal, and equals does something. */
  private record Drowsy(Runnable look) {
    @Override
    public boolean equals(Object other) {
      if (!(other instanceof Drowsy that)) {
        return false;
      }
      look.run();
      that.look.run();
      return true;
    }

    @Override
    public int hashCode() {
      return 7;
    }
  }

  // Texts

  @Test
  void texts_nameKeyAndHolder() throws Exception {
    KeyedMutex<String> mutex = KeyedMutex.inMemory();
    Hold<String> hold = mutex.acquire("task:42");
    String me = Thread.currentThread().getName();
    assertThat(hold).hasToString("Hold[task:42, held by " + me + "]");
    assertThat(mutex.asLock("task:42")).hasToString("Lock[task:42, locked by " + me + "]");
    hold.close();
    assertThat(hold).hasToString("Hold[task:42, closed]");
    assertThat(mutex.asLock("task:42")).hasToString("Lock[task:42]");
  }

  // Settings

  @Test
  void builder_badSettings_areRefusedByName() {
    var builder = KeyedMutex.<String>builder();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.expectedHeld(0))
        .withMessageContaining("expectedHeld");
    assertThatIllegalArgumentException().isThrownBy(() -> builder.expectedHeld((1 << 26) + 1));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.warnHeldLongerThan(Duration.ZERO))
        .withMessageContaining("warnHeldLongerThan");
    assertThatNullPointerException().isThrownBy(() -> builder.ticker(null));
    assertThatNullPointerException().isThrownBy(() -> builder.executor(null));
    assertThatNullPointerException().isThrownBy(() -> builder.warnHeldLongerThan(null));
  }

  @Test
  void builder_fewExpectedKeys_holdsManyAllTheSame() throws Exception {
    KeyedMutex<Integer> mutex = KeyedMutex.<Integer>builder().expectedHeld(1).build();
    List<Hold<Integer>> holds = new ArrayList<>();
    for (int key = 0; key < 1_000; key++) {
      holds.add(mutex.acquire(key));
    }
    assertThat(mutex.stats().heldKeys()).isEqualTo(1_000);
    holds.forEach(Hold::close);
    assertThat(((InMemoryMutex<Integer>) mutex).isEmpty()).isTrue();
  }

  private static <K> InMemoryMutex<K> mutexOf(int slots, boolean fair) {
    return (InMemoryMutex<K>) KeyedMutex.<K>builder().slots(slots).fair(fair).build();
  }
}
