/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutex;

import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.occ4j.LeaseLostException;
import org.occ4j.internal.Stages;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One call of {@code withLockAsync}: the key is asked for, the body starts a stage, and the key
 * goes back when that stage has completed. Nobody but this has the hold to give back, so nobody can
 * forget it.
 */
final class HeldStage<K, T extends @Nullable Object> {
  private static final Logger LOG = LoggerFactory.getLogger(KeyedMutex.class);

  private final Function<? super Hold<K>, ? extends CompletionStage<T>> body;
  private final CompletableFuture<T> result = new CompletableFuture<>();
  private final AtomicReference<@Nullable LossReason> lost = new AtomicReference<>();
  private volatile @Nullable CompletionStage<T> started;

  private HeldStage(Function<? super Hold<K>, ? extends CompletionStage<T>> body) {
    this.body = body;
  }

  /** Runs the body once the key is there. */
  @SuppressWarnings("FutureReturnValueIgnored") // what follows the futures here cannot fail
  static <K, T extends @Nullable Object> CompletableFuture<T> run(
      CompletableFuture<Hold<K>> acquisition,
      Function<? super Hold<K>, ? extends CompletionStage<T>> body) {
    HeldStage<K, T> call = new HeldStage<>(body);
    acquisition.whenComplete(
        (hold, failure) -> {
          if (hold == null) {
            call.result.completeExceptionally(Objects.requireNonNull(Stages.thrownBy(failure)));
          } else {
            call.start(hold);
          }
        });
    call.result.whenComplete(
        (value, failure) -> {
          acquisition.cancel(false);
          call.cancelBody();
        });
    return call.result;
  }

  private void start(Hold<K> hold) {
    if (result.isDone()) {
      hold.close(); // given up in the same moment: the body does not run
      return;
    }
    hold.onLost(lost::set);
    CompletionStage<? extends T> stage = Stages.started(() -> begun(hold));
    try {
      stage.whenComplete((value, failure) -> finish(hold, value, failure));
    } catch (RuntimeException | Error broken) { // by a stage of the user's own making
      finish(hold, null, broken);
    }
    if (result.isDone()) {
      cancelBody();
    }
  }

  private CompletionStage<T> begun(Hold<K> hold) {
    CompletionStage<T> stage = body.apply(hold);
    started = stage;
    return stage;
  }

  private void finish(Hold<K> hold, @Nullable T value, @Nullable Throwable failure) {
    if (!hold.isValid()) {
      hold.onLost(lost::set); // runs here and now if it was lost, and not closed by the body
    }
    hold.close();
    LossReason reason = lost.get();
    if (failure != null) {
      result.completeExceptionally(Objects.requireNonNull(Stages.thrownBy(failure)));
    } else if (reason != null) {
      result.completeExceptionally(
          new LeaseLostException(
              "the lease of " + hold.key() + " was lost while the body ran: " + reason, null));
    } else {
      complete(value);
    }
  }

  @SuppressWarnings("NullAway") // null only where T may be null
  private void complete(@Nullable T value) {
    result.complete(value);
  }

  /** Asks the body to end, if the result was completed from outside. */
  private void cancelBody() {
    CompletionStage<T> stage = started;
    if (stage == null) {
      return;
    }
    try {
      stage.toCompletableFuture().cancel(true); // does nothing to one that has completed
    } catch (RuntimeException notToBeCancelled) {
      LOG.debug("a body could not be cancelled; its key is held until it ends", notToBeCancelled);
    }
  }
}
