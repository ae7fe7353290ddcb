/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.occ4j.Codec;
import org.occ4j.CodecException;
import org.occ4j.Fingerprint;
import org.occ4j.LeaseLostException;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.idempotency.Effect;
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
import org.occ4j.idempotency.PurgeReport;

/** What every {@link IdempotencyRegistry} promises. */
public abstract class IdempotencyRegistryContract extends IdempotencyFormatContract {
  private static final Scope SCOPE = new Scope("acme", "ada", "task.edit");
  private static final Execution<String> HOW = Execution.returning(Codec.strings());
  private static final Duration LONG = Duration.ofSeconds(60);

  private final AtomicInteger effects = new AtomicInteger();

  /** Lets the registry believe that so much time has passed. */
  protected abstract void elapse(Duration time) throws Exception;

  /** Whether answers are kept as objects, so that no codec and no limit can stand in the way. */
  protected abstract boolean keepsAnswersAsObjects();

  // ---- one effect, and the same answer again

  @Test
  void execute_firstTime_runsTheEffectAndReturnsItsAnswer() throws Exception {
    assertThat(registry().execute(id(), HOW, context -> "done"))
        .isEqualTo(new Executed<>("done", 1));
  }

  @Test
  void execute_again_replaysTheAnswerAndRunsNothing() throws Exception {
    MutationId id = id();
    registry().execute(id, HOW, context -> "done");

    Outcome<String> again = registry().execute(id, HOW, this::countedEffect);

    assertThat(again)
        .isInstanceOfSatisfying(
            Replayed.class,
            replayed -> {
              assertThat(replayed.value()).isEqualTo("done");
              assertThat(replayed.available()).isTrue();
              assertThat(replayed.completedAt()).isNotNull();
            });
    assertThat(effects).hasValue(0);
  }

  @Test
  void execute_nullAnswer_isReplayedAsNull() throws Exception {
    MutationId id = id();
    assertThat(registry().<String>execute(id, HOW, context -> null))
        .isEqualTo(new Executed<String>(null, 1));
    assertReplays(id, null);
  }

  @Test
  void execute_emptyAnswer_isReplayedAsEmpty() throws Exception {
    MutationId id = id();
    registry().execute(id, HOW, context -> "");
    assertReplays(id, "");
  }

  @Test
  void execute_sameIdFromManyThreads_runsOneEffect() throws Exception {
    for (int round = 0; round < 20; round++) {
      assertThat(effectsOfARace(registry())).as("effects in round %s", round).isOne();
    }
  }

  /** Shows that the test above can fail: a registry that looks first and writes later. */
  @Test
  void checkThenAct_sameIdFromManyThreads_runsTwoEffects() {
    await()
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(1))
        .atMost(LONG)
        .until(() -> effectsOfARace(new CheckThenActRegistry()), count -> count > 1);
  }

  private int effectsOfARace(IdempotencyRegistry raced) throws Exception {
    MutationId id = id();
    AtomicInteger runs = new AtomicInteger();
    Execution<String> patient = HOW.onInFlight(InFlight.waitUpTo(LONG));
    List<Outcome<String>> outcomes =
        Concurrently.threads(8)
            .run(
                runner -> raced.execute(id, patient, context -> "answer " + runs.incrementAndGet()))
            .values();
    if (runs.get() == 1) {
      assertThat(outcomes).filteredOn(Executed.class::isInstance).hasSize(1);
      assertThat(outcomes)
          .filteredOn(Replayed.class::isInstance)
          .hasSize(7)
          .allSatisfy(o -> assertThat(((Replayed<?>) o).value()).isEqualTo("answer 1"));
    }
    return runs.get();
  }

  @Test
  void execute_differentIdsFromManyThreads_runsEach() throws Exception {
    List<Outcome<String>> outcomes =
        Concurrently.threads(8)
            .run(runner -> registry().execute(id(), HOW, this::countedEffect))
            .values();
    assertThat(outcomes).allSatisfy(o -> assertThat(o).isInstanceOf(Executed.class));
    assertThat(effects).hasValue(8);
  }

  // ---- scopes

  @Test
  void execute_sameIdInAnotherScope_isAnotherMutation() throws Exception {
    UUID uuid = UUID.randomUUID();
    List<Scope> scopes =
        List.of(
            SCOPE,
            new Scope("Acme", "ada", "task.edit"),
            new Scope("acme ", "ada", "task.edit"),
            new Scope("acme", "Ada", "task.edit"),
            new Scope("acme", "ada", "task.delete"),
            new Scope("acmea", "da", "task.edit"),
            new Scope("acme", "adat", "ask.edit"),
            new Scope("acme|ada", "task.edit", "x"),
            new Scope("acme", "ada|task.edit", "x"));
    for (Scope scope : scopes) {
      assertThat(registry().execute(new MutationId(scope, uuid), HOW, context -> scope.toString()))
          .isInstanceOf(Executed.class);
    }
    for (Scope scope : scopes) {
      assertReplays(new MutationId(scope, uuid), scope.toString());
    }
  }

  // ---- fingerprints

  @Test
  void execute_otherPayload_isRefusedAsMismatch() throws Exception {
    MutationId id = id();
    registry().execute(id, HOW.fingerprint(payload("a")), context -> "a");

    assertThat(registry().execute(id, HOW.fingerprint(payload("b")), this::countedEffect))
        .isEqualTo(new Refused<>(Reason.MISMATCH, Duration.ZERO));
    assertThat(registry().execute(id, HOW.fingerprint(payload("a")), this::countedEffect))
        .isInstanceOf(Replayed.class);
    assertThat(registry().execute(id, HOW, this::countedEffect)).isInstanceOf(Replayed.class);
    assertThat(effects).hasValue(0);
  }

  @Test
  void execute_otherPayloadWhileInFlight_isRefusedAsMismatchAtOnce() throws Exception {
    try (Leader leader = new Leader(id(), HOW.fingerprint(payload("a")))) {
      Execution<String> other =
          HOW.fingerprint(payload("b")).onInFlight(InFlight.waitUpTo(Duration.ofDays(1)));
      assertThat(registry().execute(leader.id, other, this::countedEffect))
          .isEqualTo(new Refused<>(Reason.MISMATCH, Duration.ZERO));
      leader.succeed();
    }
  }

  @Test
  void execute_otherPayloadAfterAFailure_isRefusedAsMismatch() throws Exception {
    MutationId id = id();
    fail(id, HOW.fingerprint(payload("a")), new IOException("no"));
    assertThat(registry().execute(id, HOW.fingerprint(payload("b")), this::countedEffect))
        .isEqualTo(new Refused<>(Reason.MISMATCH, Duration.ZERO));
  }

  // ---- in flight

  @Test
  void execute_inFlightAndRejecting_isRefusedWithATimeToAskAgain() throws Exception {
    try (Leader leader = new Leader(id(), HOW)) {
      Outcome<String> second = registry().execute(leader.id, HOW, this::countedEffect);

      assertThat(second)
          .isInstanceOfSatisfying(
              Refused.class,
              refused -> {
                assertThat(refused.reason()).isEqualTo(Reason.IN_FLIGHT);
                assertThat(refused.retryAfter()).isPositive();
              });
      assertThat(effects).hasValue(0);
      leader.succeed();
    }
  }

  @Test
  void execute_inFlightAndWaiting_getsTheAnswerOfTheOther() throws Exception {
    try (Leader leader = new Leader(id(), HOW)) {
      Running<Outcome<String>> follower = Running.start(() -> follow(leader.id, LONG));
      leader.succeed();
      assertThat(follower.result()).isInstanceOf(Replayed.class);
      assertThat(effects).hasValue(0);
    }
  }

  @Test
  void execute_inFlightLongerThanTheWait_isRefused() throws Exception {
    try (Leader leader = new Leader(id(), HOW)) {
      assertThat(follow(leader.id, Duration.ofMillis(20)))
          .isInstanceOfSatisfying(
              Refused.class, refused -> assertThat(refused.reason()).isEqualTo(Reason.IN_FLIGHT));
      leader.succeed();
    }
  }

  @Test
  void execute_inFlightThenFailed_runsInTheFollower() throws Exception {
    try (Leader leader = new Leader(id(), HOW)) {
      Running<Outcome<String>> follower = Running.start(() -> follow(leader.id, LONG));
      leader.fail();
      assertThat(follower.result()).isEqualTo(new Executed<>("counted", 2));
      assertThat(effects).hasValue(1);
    }
  }

  @Test
  void execute_interruptedWhileWaiting_throwsAndRunsNothing() throws Exception {
    try (Leader leader = new Leader(id(), HOW)) {
      AtomicBoolean flagAfterwards = new AtomicBoolean(true);
      Running<Outcome<String>> follower =
          Running.start(
              () -> {
                try {
                  return follow(leader.id, LONG);
                } finally {
                  flagAfterwards.set(Thread.currentThread().isInterrupted());
                }
              });
      follower.interrupt();
      assertThatThrownBy(follower::result).isInstanceOf(InterruptedException.class);
      assertThat(flagAfterwards).isFalse();
      assertThat(effects).hasValue(0);
      leader.succeed();
    }
  }

  @Test
  void execute_fromWithinItself_isRefusedAsABug() throws Exception {
    MutationId id = id();
    Execution<String> patient = HOW.onInFlight(InFlight.waitUpTo(LONG));
    Outcome<String> outer =
        registry()
            .execute(
                id,
                patient,
                context -> {
                  assertThatThrownBy(() -> registry().execute(id, patient, this::countedEffect))
                      .isInstanceOf(IllegalStateException.class);
                  assertThat(registry().execute(id(), patient, inner -> "another"))
                      .isInstanceOf(Executed.class);
                  return "outer";
                });
    assertThat(outer).isEqualTo(new Executed<>("outer", 1));
    assertThat(effects).hasValue(0);
    assertReplays(id, "outer");
  }

  // ---- failures

  @Test
  void execute_effectThrows_throwsTheSameAndReleasesTheClaim() throws Exception {
    MutationId id = id();
    IOException failure = new IOException("no");
    fail(id, HOW, failure);
    fail(id, HOW, new IllegalStateException("no"));
    fail(id, HOW, new AssertionError("no"));

    assertThat(state(id)).isEqualTo(MutationRecord.State.RELEASED);
    assertThat(registry().execute(id, HOW, context -> "fourth"))
        .isEqualTo(new Executed<>("fourth", 4));
    assertReplays(id, "fourth");
  }

  @Test
  void execute_answerTooLong_isDoneWithoutAnswerAndNotRunAgain() throws Exception {
    MutationId id = id();
    Execution<String> narrow = HOW.maxAnswerBytes(3);
    assertThat(registry().execute(id, narrow, context -> "four"))
        .isEqualTo(new Executed<>("four", 1));
    assertReplaysWithoutRunning(id, narrow, "four");
  }

  @Test
  void execute_answerOfTheGreatestLength_isKept() throws Exception {
    MutationId id = id();
    registry().execute(id, HOW.maxAnswerBytes(4), context -> "four");
    assertReplays(id, "four");
  }

  @Test
  void execute_codecFailsOnTheAnswer_isDoneWithoutAnswerAndNotRunAgain() throws Exception {
    MutationId id = id();
    Codec<String> broken =
        Codec.of(
            "utf8/1",
            text -> {
              throw new IllegalArgumentException("cannot encode");
            },
            bytes -> new String(bytes, UTF_8));
    Execution<String> how = Execution.returning(broken);
    assertThat(registry().execute(id, how, context -> "done")).isEqualTo(new Executed<>("done", 1));
    assertReplaysWithoutRunning(id, how, "done");
  }

  @Test
  void execute_answerOfAnotherFormat_isNotMisread() throws Exception {
    MutationId id = id();
    registry().execute(id, HOW, context -> "text");
    Execution<byte[]> otherFormat = Execution.returning(Codec.bytes());
    assertThatThrownBy(() -> registry().execute(id, otherFormat, context -> new byte[0]))
        .isInstanceOf(CodecException.class)
        .hasMessageContaining("bytes/1")
        .hasMessageContaining("utf8/1");
    assertReplays(id, "text");
  }

  @Test
  void execute_answerOfAnEarlierVersionOfTheFormat_isReplayed() throws Exception {
    MutationId id = id();
    registry().execute(id, HOW, context -> "text");
    Codec<String> newer =
        Codec.of("utf8/2", text -> text.getBytes(UTF_8), bytes -> new String(bytes, UTF_8));
    assertThat(registry().execute(id, Execution.returning(newer), context -> "new"))
        .isInstanceOfSatisfying(Replayed.class, r -> assertThat(r.value()).isEqualTo("text"));
  }

  @Test
  void execute_nullArgument_isRefusedAndChangesNothing() {
    MutationId id = id();
    assertThatThrownBy(() -> registry().execute(id, null, context -> "x"))
        .isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> registry().<String>execute(id, HOW, null))
        .isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> registry().execute(null, HOW, context -> "x"))
        .isInstanceOf(NullPointerException.class);
    assertThat(registry().find(id)).isEmpty();
  }

  @Test
  void execute_failureThatThePolicyNames_isAnAnswerAndReplayed() throws Exception {
    MutationId id = id();
    Execution<String> keeping =
        HOW.failures(FailurePolicy.keep(IOException.class, IdempotencyRegistryContract::declined));
    Effect<String> declining =
        context -> {
          effects.incrementAndGet();
          throw new IOException("no money");
        };
    assertThat(registry().execute(id, keeping, declining))
        .isEqualTo(new Executed<>("declined: no money", 1));
    assertThat(state(id)).isEqualTo(MutationRecord.State.COMPLETED);
    assertReplays(id, "declined: no money");
    assertThat(effects).hasValue(1);
  }

  @Test
  void execute_failureThatThePolicyDoesNotName_releasesTheClaim() throws Exception {
    MutationId id = id();
    Execution<String> keeping =
        HOW.failures(
            FailurePolicy.<String, IOException>keep(
                    IOException.class, IdempotencyRegistryContract::declined)
                .or(FailurePolicy.keep(IllegalStateException.class, failure -> "illegal")));
    fail(id, keeping, new IllegalArgumentException("another"));
    fail(id, keeping, new AssertionError("an error"));
    fail(id, HOW.failures(failure -> Optional.of("all")), new InterruptedException());
    fail(id, HOW.failures(failure -> Optional.of("all")), new AssertionError("an error"));
    assertThat(state(id)).isEqualTo(MutationRecord.State.RELEASED);
    assertThat(
            registry()
                .execute(
                    id,
                    keeping,
                    context -> {
                      throw new IllegalStateException();
                    }))
        .isEqualTo(new Executed<>("illegal", 5));
  }

  @Test
  void execute_policyFails_throwsTheFailureAndReleasesTheClaim() throws Exception {
    MutationId id = id();
    IOException failure = new IOException("no");
    IllegalStateException broken = new IllegalStateException("the policy is broken");
    fail(
        id,
        HOW.failures(
            any -> {
              throw broken;
            }),
        failure);
    assertThat(failure).hasSuppressedException(broken);
    assertThat(state(id)).isEqualTo(MutationRecord.State.RELEASED);
  }

  private static String declined(IOException failure) {
    return "declined: " + failure.getMessage();
  }

  // ---- what an effect may know

  @Test
  void renewClaim_forgottenMeanwhile_throws() throws Exception {
    try (Leader leader = new Leader(id(), HOW)) {
      leader.context.get().renewClaim();
      registry().forget(leader.id);
      assertThatThrownBy(() -> leader.context.get().renewClaim())
          .isInstanceOf(LeaseLostException.class);
      leader.fail();
    }
  }

  @Test
  void downstreamKey_isTheSameInEveryAttemptAndAnotherForAnotherStepOrId() throws Exception {
    MutationId id = id();
    Set<UUID> seen = new HashSet<>();
    List<UUID> ofOneStep = new ArrayList<>();
    for (int attempt = 1; attempt <= 3; attempt++) {
      assertThatThrownBy(
              () ->
                  registry()
                      .execute(
                          id,
                          HOW,
                          context -> {
                            ofOneStep.add(context.downstreamKey("charge"));
                            seen.add(context.downstreamKey("mail"));
                            throw new IOException("again");
                          }))
          .isInstanceOf(IOException.class);
    }
    registry()
        .execute(id(), HOW, context -> String.valueOf(seen.add(context.downstreamKey("mail"))));

    assertThat(ofOneStep).hasSize(3).containsOnly(ofOneStep.get(0));
    assertThat(ofOneStep.get(0).version()).isEqualTo(8);
    assertThat(ofOneStep.get(0).variant()).isEqualTo(2);
    seen.add(ofOneStep.get(0));
    assertThat(seen).hasSize(3);
  }

  // ---- operators

  @Test
  void find_tellsHowFarAMutationIs() throws Exception {
    MutationId id = id();
    assertThat(registry().find(id)).isEmpty();
    registry()
        .execute(
            id,
            HOW,
            context -> {
              assertThat(state(id)).isEqualTo(MutationRecord.State.CLAIMED);
              return "done";
            });
    assertThat(registry().find(id))
        .hasValueSatisfying(
            found -> {
              assertThat(found.id()).isEqualTo(id);
              assertThat(found.state()).isEqualTo(MutationRecord.State.COMPLETED);
              assertThat(found.attempt()).isOne();
              assertThat(found.claimedAt()).isNotNull();
              assertThat(found.completedAt()).isNotNull();
            });
  }

  @Test
  void forget_completed_letsItRunAgain() throws Exception {
    MutationId id = id();
    registry().execute(id, HOW, this::countedEffect);
    assertThat(registry().forget(id)).isTrue();
    assertThat(registry().find(id)).isEmpty();
    assertThat(registry().execute(id, HOW, this::countedEffect)).isInstanceOf(Executed.class);
    assertThat(effects).hasValue(2);
  }

  @Test
  void forget_unknown_isFalse() {
    assertThat(registry().forget(id())).isFalse();
  }

  @Test
  void forget_inFlight_takesTheClaimFromItsRunner() throws Exception {
    try (Leader leader = new Leader(id(), HOW)) {
      assertThat(leader.context.get().claimLost()).isFalse();
      assertThat(registry().forget(leader.id)).isTrue();

      assertThat(registry().execute(leader.id, HOW, context -> "second"))
          .isEqualTo(new Executed<>("second", 2));

      assertThat(leader.context.get().claimLost()).isTrue();
      assertThatThrownBy(() -> leader.context.get().externalCallStarting())
          .isInstanceOf(LeaseLostException.class);
      leader.finish.countDown();
      assertThatThrownBy(() -> leader.outcome.result()).isInstanceOf(LeaseLostException.class);
      assertReplays(leader.id, "second");
    }
  }

  @Test
  void purge_withinTheRetention_removesNothing() throws Exception {
    MutationId id = id();
    registry().execute(id, HOW.retention(Duration.ofHours(2)), context -> "kept");
    elapse(Duration.ofMinutes(119));
    assertThat(registry().purge(100)).isEqualTo(new PurgeReport(0, false));
    assertReplays(id, "kept");
  }

  @Test
  void purge_afterTheRetention_removesAndTheMutationRunsAgain() throws Exception {
    MutationId id = id();
    registry().execute(id, HOW.retention(Duration.ofHours(2)), this::countedEffect);
    elapse(Duration.ofMinutes(130));
    assertThat(registry().purge(100)).isEqualTo(new PurgeReport(1, false));
    assertThat(registry().find(id)).isEmpty();
    assertThat(registry().execute(id, HOW, this::countedEffect))
        .isEqualTo(new Executed<>("counted", 1));
    assertThat(effects).hasValue(2);
  }

  @Test
  void purge_moreThanItsBound_stopsAndSaysSo() throws Exception {
    for (int i = 0; i < 5; i++) {
      registry().execute(id(), HOW, this::countedEffect);
    }
    fail(id(), HOW, new IOException("no"));
    elapse(Duration.ofHours(30));
    assertThat(registry().purge(4)).isEqualTo(new PurgeReport(4, true));
    assertThat(registry().purge(4)).isEqualTo(new PurgeReport(2, false));
    assertThat(registry().purge(4)).isEqualTo(new PurgeReport(0, false));
  }

  @Test
  void purge_inFlight_removesNothing() throws Exception {
    Execution<String> brief = HOW.retention(Duration.ofSeconds(1)).lease(Duration.ofDays(365));
    try (Leader leader = new Leader(id(), brief)) {
      elapse(Duration.ofHours(30));
      assertThat(registry().purge(100).removed()).isZero();
      assertThat(registry().execute(leader.id, HOW, this::countedEffect))
          .isInstanceOf(Refused.class);
      leader.succeed();
      assertReplays(leader.id, "led");
    }
  }

  @Test
  void purge_boundOutOfRange_isRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> registry().purge(0));
  }

  @Test
  void purge_besideReplays_neverLetsAMutationRunWithinItsRetention() throws Exception {
    MutationId id = id();
    AtomicInteger turn = new AtomicInteger();
    Execution<String> patient = HOW.onInFlight(InFlight.waitUpTo(LONG));
    Concurrently.threads(6)
        .run(
            runner -> {
              for (int i = 0; i < 50; i++) {
                if (turn.getAndIncrement() % 3 == 0) {
                  registry().purge(10);
                } else {
                  registry().execute(id, patient, this::countedEffect);
                }
              }
              return null;
            })
        .values();
    assertThat(effects).hasValue(1);
  }

  // ---- helpers

  /** An id that no test has used. */
  protected static MutationId id() {
    return new MutationId(SCOPE, UUID.randomUUID());
  }

  private static Fingerprint payload(String text) {
    return Fingerprint.of(text.getBytes(UTF_8));
  }

  private String countedEffect(EffectContext context) {
    effects.incrementAndGet();
    return "counted";
  }

  private Outcome<String> follow(MutationId id, Duration patience) throws Exception {
    return registry().execute(id, HOW.onInFlight(InFlight.waitUpTo(patience)), this::countedEffect);
  }

  private void fail(MutationId id, Execution<String> how, Throwable failure) {
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

  private MutationRecord.State state(MutationId id) {
    return registry().find(id).orElseThrow().state();
  }

  private void assertReplays(MutationId id, String answer) throws Exception {
    assertThat(registry().execute(id, HOW, this::countedEffect))
        .isInstanceOfSatisfying(
            Replayed.class,
            replayed -> {
              assertThat(replayed.available()).isTrue();
              assertThat(replayed.value()).isEqualTo(answer);
            });
  }

  private void assertReplaysWithoutRunning(MutationId id, Execution<String> how, String answer)
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
  private final class Leader implements AutoCloseable {
    final MutationId id;
    final CountDownLatch finish = new CountDownLatch(1);
    final AtomicReference<EffectContext> context = new AtomicReference<>();
    final AtomicBoolean failing = new AtomicBoolean();
    final Running<Outcome<String>> outcome;

    Leader(MutationId id, Execution<String> how) throws InterruptedException {
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
