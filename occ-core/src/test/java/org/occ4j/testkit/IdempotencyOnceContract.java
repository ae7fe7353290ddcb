/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.idempotency.IdempotencyRegistry;
import org.occ4j.idempotency.InFlightPolicy;
import org.occ4j.idempotency.Outcome;
import org.occ4j.idempotency.Outcome.Executed;
import org.occ4j.idempotency.Outcome.Reason;
import org.occ4j.idempotency.Outcome.Refused;
import org.occ4j.idempotency.Outcome.Replayed;

/** One effect, and the same answer again; another scope and another payload are told apart. */
public abstract class IdempotencyOnceContract extends IdempotencyContractFixture {
  private static final int RIVALS = 8;

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
  void checkThenAct_sameIdFromManyThreads_runsTwoEffects() throws Exception {
    assertThat(effectsOfARace(new CheckThenActRegistry(RIVALS))).isEqualTo(RIVALS);
  }

  private int effectsOfARace(IdempotencyRegistry raced) throws Exception {
    MutationId id = id();
    AtomicInteger runs = new AtomicInteger();
    IdempotencyOptions<String> patient =
        HOW.toBuilder().onInFlight(InFlightPolicy.waitUpTo(LONG)).build();
    List<Outcome<String>> outcomes =
        Concurrently.threads(RIVALS)
            .run(
                runner -> raced.execute(id, patient, context -> "answer " + runs.incrementAndGet()))
            .values();
    if (runs.get() == 1) {
      assertThat(outcomes).filteredOn(Executed.class::isInstance).hasSize(1);
      assertThat(outcomes)
          .filteredOn(Replayed.class::isInstance)
          .hasSize(RIVALS - 1)
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
    registry().execute(id, HOW.toBuilder().fingerprint(payload("a")).build(), context -> "a");

    assertThat(
            registry()
                .execute(
                    id, HOW.toBuilder().fingerprint(payload("b")).build(), this::countedEffect))
        .isEqualTo(new Refused<>(Reason.MISMATCH, Duration.ZERO));
    assertThat(
            registry()
                .execute(
                    id, HOW.toBuilder().fingerprint(payload("a")).build(), this::countedEffect))
        .isInstanceOf(Replayed.class);
    assertThat(registry().execute(id, HOW, this::countedEffect)).isInstanceOf(Replayed.class);
    assertThat(effects).hasValue(0);
  }

  @Test
  void execute_otherPayloadWhileInFlight_isRefusedAsMismatchAtOnce() throws Exception {
    try (Leader leader = new Leader(id(), HOW.toBuilder().fingerprint(payload("a")).build())) {
      IdempotencyOptions<String> other =
          HOW.toBuilder()
              .fingerprint(payload("b"))
              .onInFlight(InFlightPolicy.waitUpTo(Duration.ofDays(1)))
              .build();
      assertThat(registry().execute(leader.id, other, this::countedEffect))
          .isEqualTo(new Refused<>(Reason.MISMATCH, Duration.ZERO));
      leader.succeed();
    }
  }

  @Test
  void execute_otherPayloadAfterAFailure_isRefusedAsMismatch() throws Exception {
    MutationId id = id();
    fail(id, HOW.toBuilder().fingerprint(payload("a")).build(), new IOException("no"));
    assertThat(
            registry()
                .execute(
                    id, HOW.toBuilder().fingerprint(payload("b")).build(), this::countedEffect))
        .isEqualTo(new Refused<>(Reason.MISMATCH, Duration.ZERO));
  }
}
