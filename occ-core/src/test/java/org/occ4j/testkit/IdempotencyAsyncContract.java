/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.occ4j.testkit.Patience.await;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.occ4j.Codec;
import org.occ4j.Fingerprint;
import org.occ4j.LeaseLostException;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.idempotency.EffectContext;
import org.occ4j.idempotency.Execution;
import org.occ4j.idempotency.FailurePolicy;
import org.occ4j.idempotency.IdempotencyRegistry;
import org.occ4j.idempotency.InFlight;
import org.occ4j.idempotency.MutationRecord;
import org.occ4j.idempotency.Outcome;
import org.occ4j.idempotency.Outcome.Executed;
import org.occ4j.idempotency.Outcome.Reason;
import org.occ4j.idempotency.Outcome.Refused;
import org.occ4j.idempotency.Outcome.Replayed;

/** What every {@link IdempotencyRegistry} promises of asynchronous executions. */
public abstract class IdempotencyAsyncContract {
  private static final Execution<String> HOW = Execution.returning(Codec.strings());
  private static final Execution<String> PATIENT =
      HOW.onInFlight(InFlight.waitUpTo(Duration.ofSeconds(60)));
  private static final int MANY = 300;
  private static final int RIVALS = 8;

  private final AtomicInteger started = new AtomicInteger();

  /** The registry under test, empty at the start of each test and the same within one. */
  protected abstract IdempotencyRegistry registry();

  @Test
  void executeAsync_firstTime_runsTheEffectAndAnswers() throws Exception {
    MutationId id = fresh();
    assertThat(result(registry().executeAsync(id, HOW, this::done)))
        .isEqualTo(new Executed<>("done", 1));
    assertThat(result(registry().<String>executeAsync(fresh(), HOW, context -> stageOf(null))))
        .isEqualTo(new Executed<String>(null, 1));
    assertReplays(id, "done");
  }

  @Test
  void executeAsync_again_replaysAndStartsNothing() throws Exception {
    MutationId id = fresh();
    registry().execute(id, HOW, context -> "sync");
    assertThat(result(registry().executeAsync(id, HOW, this::done)))
        .isInstanceOfSatisfying(
            Replayed.class, replayed -> assertThat(replayed.value()).isEqualTo("sync"));
    assertThat(started).hasValue(0);
  }

  @Test
  void executeAsync_stageFailsOrIsNone_failsWithTheSameAndReleasesTheClaim() throws Exception {
    MutationId id = fresh();
    IOException failure = new IOException("no");
    assertFails(
            registry().executeAsync(id, HOW, context -> CompletableFuture.failedFuture(failure)))
        .isSameAs(failure);
    assertFails(
            registry()
                .executeAsync(id, HOW, context -> stageOf("x").thenApply(x -> rethrown("wrapped"))))
        .isInstanceOf(IllegalStateException.class);
    assertFails(
            registry()
                .<String>executeAsync(
                    id,
                    HOW,
                    context -> {
                      throw failure;
                    }))
        .isSameAs(failure);
    assertFails(registry().<String>executeAsync(id, HOW, context -> null))
        .isInstanceOf(NullPointerException.class);
    assertThat(registry().find(id).orElseThrow().state()).isEqualTo(MutationRecord.State.RELEASED);
    assertThat(result(registry().executeAsync(id, HOW, this::done)))
        .isEqualTo(new Executed<>("done", 5));
  }

  private static String rethrown(String message) {
    throw new IllegalStateException(message);
  }

  @Test
  void executeAsync_failureThatThePolicyNames_isAnAnswer() throws Exception {
    MutationId id = fresh();
    Execution<String> keeping =
        HOW.failures(FailurePolicy.keep(IOException.class, Throwable::getMessage));
    assertThat(
            result(
                registry()
                    .executeAsync(
                        id,
                        keeping,
                        context -> CompletableFuture.failedFuture(new IOException("declined")))))
        .isEqualTo(new Executed<>("declined", 1));
    assertReplays(id, "declined");
  }

  @Test
  void executeAsync_underWay_keepsNoThreadAndRefusesOthers() throws Exception {
    MutationId id = fresh();
    Pending pending = new Pending(id);
    assertRefused(result(registry().executeAsync(id, HOW, this::done)), Reason.IN_FLIGHT);
    assertRefused(registry().execute(id, HOW, context -> "x"), Reason.IN_FLIGHT);
    assertRefused(
        result(
            registry()
                .executeAsync(
                    id, HOW.onInFlight(InFlight.waitUpTo(Duration.ofMillis(20))), this::done)),
        Reason.IN_FLIGHT);
    assertThat(registry().find(id).orElseThrow().state()).isEqualTo(MutationRecord.State.CLAIMED);
    assertThat(started).hasValue(0);
    pending.stage.complete("done");
    assertThat(result(pending.outcome)).isEqualTo(new Executed<>("done", 1));
  }

  @Test
  void executeAsync_manyWaiting_keepNoThreadAndGetTheAnswer() throws Exception {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    MutationId id = fresh();
    Pending pending = new Pending(id);
    int before = threads.getThreadCount();
    threads.resetPeakThreadCount();
    List<CompletableFuture<Outcome<String>>> followers = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      followers.add(registry().executeAsync(id, PATIENT, this::done));
    }
    Running<Outcome<String>> blocking =
        Running.start(() -> registry().execute(id, PATIENT, context -> "x"));
    pending.stage.complete("done");

    assertThat(blocking.result()).isInstanceOf(Replayed.class);
    for (CompletableFuture<Outcome<String>> follower : followers) {
      assertThat(result(follower)).isInstanceOf(Replayed.class);
    }
    assertThat(started).hasValue(0);
    assertThat(threads.getPeakThreadCount() - before).isLessThan(MANY / 3);
  }

  @Test
  void executeAsync_waitingForABlockingOneThatFails_isTheNextAttempt() throws Exception {
    MutationId id = fresh();
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    Running<Outcome<String>> leader =
        Running.start(
            () ->
                registry()
                    .execute(
                        id,
                        HOW,
                        context -> {
                          inside.countDown();
                          go.await();
                          throw new IOException("no");
                        }));
    inside.await();
    CompletableFuture<Outcome<String>> follower = registry().executeAsync(id, PATIENT, this::done);
    go.countDown();
    assertThatThrownBy(leader::result).isInstanceOf(IOException.class);
    assertThat(result(follower)).isEqualTo(new Executed<>("done", 2));
  }

  @Test
  void executeAsync_otherPayloadWhileUnderWay_isAMismatchAtOnce() throws Exception {
    MutationId id = fresh();
    Pending pending = new Pending(id, HOW.fingerprint(payload("a")));
    assertRefused(
        result(registry().executeAsync(id, PATIENT.fingerprint(payload("b")), this::done)),
        Reason.MISMATCH);
    pending.stage.complete("a");
    result(pending.outcome);
  }

  @Test
  void executeAsync_cancelledWhileItWaits_beginsNothing() throws Exception {
    MutationId id = fresh();
    Pending pending = new Pending(id);
    CompletableFuture<Outcome<String>> follower = registry().executeAsync(id, PATIENT, this::done);
    follower.cancel(false);
    pending.stage.completeExceptionally(new IOException("no"));
    assertFails(pending.outcome).isInstanceOf(IOException.class);
    // The next one was asked later than the follower, so the follower had its turn.
    assertThat(registry().execute(id, PATIENT, context -> "next"))
        .isEqualTo(new Executed<>("next", 2));
    assertThat(started).hasValue(0);
  }

  @Test
  void executeAsync_cancelledWhileTheEffectIsUnderWay_keepsItsAnswer() throws Exception {
    MutationId id = fresh();
    Pending pending = new Pending(id);
    pending.outcome.cancel(true);
    pending.stage.complete("done");
    await()
        .until(() -> registry().find(id).orElseThrow().state() == MutationRecord.State.COMPLETED);
    assertReplays(id, "done");
  }

  @Test
  void executeAsync_forgottenWhileUnderWay_losesItsClaim() throws Exception {
    MutationId id = fresh();
    Pending pending = new Pending(id);
    assertThat(registry().forget(id)).isTrue();
    assertThat(registry().execute(id, HOW, context -> "second"))
        .isEqualTo(new Executed<>("second", 2));
    pending.stage.complete("zombie");
    assertFails(pending.outcome).isInstanceOf(LeaseLostException.class);
    assertReplays(id, "second");
  }

  @Test
  void executeAsync_fromWithinItself_isRefusedAsABug() throws Exception {
    MutationId id = fresh();
    Outcome<String> outer =
        result(
            registry()
                .executeAsync(
                    id,
                    HOW,
                    context -> {
                      assertThatThrownBy(() -> registry().executeAsync(id, PATIENT, this::done))
                          .isInstanceOf(IllegalStateException.class);
                      assertThatThrownBy(() -> registry().execute(id, PATIENT, c -> "inner"))
                          .isInstanceOf(IllegalStateException.class);
                      return stageOf("outer");
                    }));
    assertThat(outer).isEqualTo(new Executed<>("outer", 1));
    assertThat(started).hasValue(0);
  }

  @Test
  void executeAsync_sameIdFromManyThreads_startsOneEffect() throws Exception {
    for (int round = 0; round < 10; round++) {
      assertThat(effectsOfARace(registry())).as("effects in round %s", round).isOne();
    }
  }

  /** Shows that the test above can fail. */
  @Test
  void checkThenAct_sameIdFromManyThreads_startsTwoEffects() throws Exception {
    assertThat(effectsOfARace(new CheckThenActRegistry(RIVALS))).isEqualTo(RIVALS);
  }

  private static int effectsOfARace(IdempotencyRegistry raced) throws Exception {
    MutationId id = fresh();
    AtomicInteger runs = new AtomicInteger();
    Concurrently.threads(RIVALS)
        .run(
            runner ->
                result(
                    raced.executeAsync(
                        id,
                        PATIENT,
                        context ->
                            CompletableFuture.supplyAsync(() -> "a" + runs.incrementAndGet()))))
        .values();
    return runs.get();
  }

  @Test
  void executeAsync_nullArgument_isRefusedAndChangesNothing() {
    MutationId id = fresh();
    assertThatThrownBy(() -> registry().executeAsync(id, null, this::done))
        .isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> registry().<String>executeAsync(id, HOW, null))
        .isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> registry().executeAsync(null, HOW, this::done))
        .isInstanceOf(NullPointerException.class);
    assertThat(registry().find(id)).isEmpty();
  }

  // ---- helpers

  private static MutationId fresh() {
    return new MutationId(new Scope("acme", "ada", "task.edit.async"), UUID.randomUUID());
  }

  private static Fingerprint payload(String text) {
    return Fingerprint.of(text.getBytes(UTF_8));
  }

  private CompletionStage<String> done(EffectContext context) {
    started.incrementAndGet();
    return stageOf("done");
  }

  private static CompletionStage<String> stageOf(String value) {
    return CompletableFuture.completedFuture(value);
  }

  private static <T> T result(CompletableFuture<T> future) throws Exception {
    return future.get(60, SECONDS);
  }

  private static org.assertj.core.api.AbstractThrowableAssert<?, ? extends Throwable> assertFails(
      CompletableFuture<?> future) {
    return assertThatThrownBy(() -> result(future)).isInstanceOf(ExecutionException.class).cause();
  }

  private void assertReplays(MutationId id, String answer) throws Exception {
    assertThat(registry().execute(id, HOW, context -> "again"))
        .isInstanceOfSatisfying(
            Replayed.class, replayed -> assertThat(replayed.value()).isEqualTo(answer));
  }

  private static void assertRefused(Outcome<String> outcome, Reason reason) {
    assertThat(outcome)
        .isInstanceOfSatisfying(
            Refused.class, refused -> assertThat(refused.reason()).isEqualTo(reason));
  }

  /** An asynchronous execution whose effect has been started, and is done when its stage is. */
  private final class Pending {
    final CompletableFuture<String> stage = new CompletableFuture<>();
    final CompletableFuture<Outcome<String>> outcome;

    Pending(MutationId id) throws Exception {
      this(id, HOW);
    }

    Pending(MutationId id, Execution<String> how) throws Exception {
      CountDownLatch inside = new CountDownLatch(1);
      this.outcome =
          registry()
              .executeAsync(
                  id,
                  how,
                  context -> {
                    inside.countDown();
                    return stage;
                  });
      assertThat(inside.await(60, SECONDS)).as("the effect was started").isTrue();
    }
  }
}
