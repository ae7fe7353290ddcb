/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.occ4j.Codec;
import org.occ4j.Fingerprint;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.idempotency.EffectContext;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.idempotency.IdempotencyRegistry;
import org.occ4j.idempotency.InFlightPolicy;
import org.occ4j.idempotency.MutationRecord;
import org.occ4j.idempotency.Outcome;
import org.occ4j.idempotency.Outcome.Executed;
import org.occ4j.idempotency.Outcome.Replayed;

/** What the parts of the contract of {@link IdempotencyRegistry} have in common. */
public abstract class IdempotencyContractFixture extends IdempotencyFormatContract {
  static final Scope SCOPE = new Scope("acme", "ada", "task.edit");
  static final IdempotencyOptions<String> HOW = IdempotencyOptions.returning(Codec.strings());
  static final Duration LONG = Duration.ofSeconds(60);

  final AtomicInteger effects = new AtomicInteger();

  /** Lets the registry believe that so much time has passed. */
  protected abstract void elapse(Duration time) throws Exception;

  /** Whether answers are kept as objects, so that no codec and no limit can stand in the way. */
  protected abstract boolean keepsAnswersAsObjects();

  /** An id that no test has used. */
  protected static MutationId id() {
    return new MutationId(SCOPE, UUID.randomUUID());
  }

  static Fingerprint payload(String text) {
    return Fingerprint.of(text.getBytes(UTF_8));
  }

  String countedEffect(EffectContext context) {
    effects.incrementAndGet();
    return "counted";
  }

  Outcome<String> follow(MutationId id, Duration patience) throws Exception {
    return registry()
        .execute(
            id,
            HOW.toBuilder().onInFlight(InFlightPolicy.waitUpTo(patience)).build(),
            this::countedEffect);
  }

  void fail(MutationId id, IdempotencyOptions<String> how, Throwable failure) {
    assertThatThrownBy(
            () ->
                registry()
                    .execute(
                        id,
                        how,
                        context -> {
                          if (failure instanceof Error error) {
                            throw error;
                          }
                          throw (Exception) failure;
                        }))
        .isSameAs(failure);
  }

  MutationRecord.State state(MutationId id) {
    return registry().find(id).orElseThrow().state();
  }

  void assertReplays(MutationId id, String answer) throws Exception {
    assertThat(registry().execute(id, HOW, this::countedEffect))
        .isInstanceOfSatisfying(
            Replayed.class,
            replayed -> {
              assertThat(replayed.available()).isTrue();
              assertThat(replayed.value()).isEqualTo(answer);
            });
  }

  void assertReplaysWithoutRunning(MutationId id, IdempotencyOptions<String> how, String answer)
      throws Exception {
    assertThat(registry().execute(id, how, this::countedEffect))
        .isInstanceOfSatisfying(
            Replayed.class,
            replayed -> {
              assertThat(replayed.available()).isEqualTo(keepsAnswersAsObjects());
              assertThat(replayed.value()).isEqualTo(keepsAnswersAsObjects() ? answer : null);
            });
    assertThat(effects).hasValue(0);
    assertThat(state(id))
        .isEqualTo(
            keepsAnswersAsObjects()
                ? MutationRecord.State.COMPLETED
                : MutationRecord.State.COMPLETED_WITHOUT_ANSWER);
  }

  /** A thread inside the effect of a mutation, which goes on when it is told to. */
  final class Leader implements AutoCloseable {
    final MutationId id;
    final CountDownLatch finish = new CountDownLatch(1);
    final AtomicReference<EffectContext> context = new AtomicReference<>();
    final AtomicBoolean failing = new AtomicBoolean();
    final Running<Outcome<String>> outcome;

    Leader(MutationId id, IdempotencyOptions<String> how) throws InterruptedException {
      this.id = id;
      CountDownLatch inside = new CountDownLatch(1);
      this.outcome =
          Running.start(
              () ->
                  registry()
                      .execute(
                          id,
                          how,
                          running -> {
                            context.set(running);
                            inside.countDown();
                            finish.await();
                            if (failing.get()) {
                              throw new IOException("led into a failure");
                            }
                            return "led";
                          }));
      assertThat(inside.await(60, SECONDS)).as("the leader runs").isTrue();
    }

    void succeed() throws Exception {
      finish.countDown();
      assertThat(outcome.result()).isInstanceOf(Executed.class);
    }

    void fail() {
      failing.set(true);
      finish.countDown();
      assertThatThrownBy(() -> outcome.result()).isInstanceOf(IOException.class);
    }

    @Override
    public void close() {
      finish.countDown();
    }
  }
}
