/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Runs bodies in threads that start at the same moment, and brings back what they threw. */
public final class Together {
  private static final long GENEROUS_SECONDS = 120;

  private Together() {}

  /** A body that may throw anything. */
  @FunctionalInterface
  public interface Body {
    /** Runs. */
    void run() throws Exception;
  }

  /** Runs {@code body} in as many threads, with the number of the thread. */
  public static void run(int threads, NumberedBody body) throws Exception {
    List<Body> bodies = new ArrayList<>();
    for (int thread = 0; thread < threads; thread++) {
      int number = thread;
      bodies.add(() -> body.run(number));
    }
    run(bodies);
  }

  /** A body that knows which of several threads it runs in. */
  @FunctionalInterface
  public interface NumberedBody {
    /** Runs in the thread of this number, counted from zero. */
    void run(int thread) throws Exception;
  }

  /** Runs each body in a thread of its own, and waits for all of them. */
  public static void run(List<Body> bodies) throws Exception {
    CyclicBarrier start = new CyclicBarrier(bodies.size());
    ExecutorService threads = Executors.newFixedThreadPool(bodies.size());
    try {
      List<Future<?>> runs = new ArrayList<>();
      for (Body body : bodies) {
        runs.add(
            threads.submit(
                () -> {
                  start.await(GENEROUS_SECONDS, TimeUnit.SECONDS);
                  body.run();
                  return null;
                }));
      }
      for (Future<?> run : runs) {
        outcome(run);
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private static String stacks() {
    StringBuilder all = new StringBuilder();
    Thread.getAllStackTraces()
        .forEach(
            (thread, frames) -> {
              all.append("\n").append(thread);
              for (StackTraceElement frame : frames) {
                all.append("\n    ").append(frame);
              }
            });
    return all.toString();
  }

  private static void outcome(Future<?> run) throws Exception {
    try {
      run.get(GENEROUS_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException thrown) {
      if (thrown.getCause() instanceof Error error) {
        throw error;
      }
      throw (Exception) thrown.getCause();
    } catch (TimeoutException hangs) {
      throw new AssertionError("a thread does not end; all threads: " + stacks(), hangs);
    }
  }
}
