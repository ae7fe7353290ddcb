/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.internal;

import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/** What stages do not say in the way that is needed here. */
public final class Stages {
  private Stages() {}

  /** The stage that is started; one that has failed if starting it failed. */
  public static <T extends @Nullable Object> CompletionStage<? extends T> started(
      Callable<? extends CompletionStage<? extends T>> start) {
    try {
      return Objects.requireNonNull(start.call(), "no stage was started");
    } catch (Throwable failure) {
      return CompletableFuture.failedFuture(failure);
    }
  }

  /** What failed, without what a later stage wraps it in; null if nothing did. */
  public static @Nullable Throwable thrownBy(@Nullable Throwable failure) {
    return failure instanceof CompletionException && failure.getCause() != null
        ? failure.getCause()
        : failure;
  }

  /** Has the executor run a step, or runs it here if that refuses: no step is ever dropped. */
  public static void runOn(Executor executor, Runnable step) {
    try {
      executor.execute(step);
    } catch (RejectedExecutionException refused) {
      step.run();
    }
  }
}
