/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Several threads that do something at the same time: all wait at one barrier, then all run.
 *
 * <pre>{@code
 * ConcurrentResults<WriteResult<String>> writes =
 *     Concurrently.threads(8).run(i -> store.put("k", "by " + i, Expected.version(1)));
 * assertThat(writes.values()).filteredOn(r -> r instanceof Applied).hasSize(1);
 * }</pre>
 *
 * <p>Immutable.
 */
public final class Concurrently {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /**
   * What one runner does.
   *
   * @param <T> the result, maybe null
   */
  @FunctionalInterface
  public interface Runner<T extends @Nullable Object> {

    /** Runs; {@code index} counts the runners from 0. */
    T run(int index) throws Exception;
  }

  private final int runners;
  private final ThreadKind kind;
  private final Duration patience;

  private Concurrently(int runners, ThreadKind kind, Duration patience) {
    this.runners = runners;
    this.kind = kind;
    this.patience = patience;
  }

  /** So many platform threads. */
  public static Concurrently threads(int runners) {
    if (runners < 1) {
      throw new IllegalArgumentException("There must be at least 1 runner: " + runners);
    }
    return new Concurrently(runners, ThreadKind.PLATFORM, PATIENCE);
  }

  /** As many threads, of that kind. */
  public Concurrently on(ThreadKind threads) {
    return new Concurrently(runners, threads, patience);
  }

  /** The same threads, given up after so long instead of after two minutes. */
  public Concurrently within(Duration limit) {
    return new Concurrently(runners, kind, limit);
  }

  /**
   * Runs all of them to their ends.
   *
   * @throws AssertionError if a runner has not ended in time; it says where each of them stands,
   *     and they have been interrupted
   * @throws InterruptedException if the calling thread is interrupted; the runners have been too
   */
  public <T extends @Nullable Object> ConcurrentResults<T> run(Runner<T> runner)
      throws InterruptedException {
    CyclicBarrier barrier = new CyclicBarrier(runners);
    AtomicReferenceArray<ConcurrentResults.@Nullable Finish<T>> finishes =
        new AtomicReferenceArray<>(runners);
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < runners; i++) {
      int index = i;
      threads.add(kind.start(() -> finishes.set(index, finish(runner, index, barrier))));
    }
    try {
      awaitAll(threads);
    } finally {
      threads.forEach(Thread::interrupt);
    }
    return new ConcurrentResults<>(IntStream.range(0, runners).mapToObj(finishes::get).toList());
  }

  private static <T extends @Nullable Object> ConcurrentResults.Finish<T> finish(
      Runner<T> runner, int index, CyclicBarrier barrier) {
    try {
      barrier.await();
      return new ConcurrentResults.Finish<>(runner.run(index), null);
    } catch (InterruptedException | BrokenBarrierException gaveUp) {
      return new ConcurrentResults.Finish<>(null, gaveUp);
    } catch (Throwable failure) {
      return new ConcurrentResults.Finish<>(null, failure);
    }
  }

  private void awaitAll(List<Thread> threads) throws InterruptedException {
    long deadline = System.nanoTime() + patience.toNanos();
    for (Thread thread : threads) {
      long left = Math.max(1, (deadline - System.nanoTime()) / 1_000_000);
      thread.join(left);
    }
    List<Thread> late = threads.stream().filter(Thread::isAlive).toList();
    if (!late.isEmpty()) {
      StringBuilder message = new StringBuilder(late.size() + " of " + runners + " still run:");
      late.forEach(t -> message.append("\n").append(t).append(" at ").append(stack(t)));
      throw new AssertionError(message.toString());
    }
  }

  private static String stack(Thread thread) {
    return Arrays.stream(thread.getStackTrace())
        .map(StackTraceElement::toString)
        .reduce((a, b) -> a + "\n    " + b)
        .orElse("nowhere");
  }
}
