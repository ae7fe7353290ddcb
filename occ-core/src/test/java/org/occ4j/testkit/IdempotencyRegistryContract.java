/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.occ4j.LeaseLostException;
import org.occ4j.MutationId;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.idempotency.IdempotencyRegistry;
import org.occ4j.idempotency.InFlightPolicy;
import org.occ4j.idempotency.MutationRecord;
import org.occ4j.idempotency.Outcome.Executed;
import org.occ4j.idempotency.Outcome.Refused;
import org.occ4j.idempotency.PurgeReport;

/**
 * What every {@link IdempotencyRegistry} promises: its parts one upon the other, and here what an
 * effect and an operator may know and do.
 */
public abstract class IdempotencyRegistryContract extends IdempotencyFailureContract {
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
    registry()
        .execute(id, HOW.toBuilder().retention(Duration.ofHours(2)).build(), context -> "kept");
    elapse(Duration.ofMinutes(119));
    assertThat(registry().purge(100)).isEqualTo(new PurgeReport(0, false));
    assertReplays(id, "kept");
  }

  @Test
  void purge_afterTheRetention_removesAndTheMutationRunsAgain() throws Exception {
    MutationId id = id();
    registry()
        .execute(id, HOW.toBuilder().retention(Duration.ofHours(2)).build(), this::countedEffect);
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
    IdempotencyOptions<String> brief =
        HOW.toBuilder().retention(Duration.ofSeconds(1)).lease(Duration.ofDays(365)).build();
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
    IdempotencyOptions<String> patient =
        HOW.toBuilder().onInFlight(InFlightPolicy.waitUpTo(LONG)).build();
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
}
