/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.occ4j.MutationId;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.idempotency.InFlightPolicy;
import org.occ4j.idempotency.Outcome;
import org.occ4j.idempotency.Outcome.Executed;
import org.occ4j.idempotency.Outcome.Reason;
import org.occ4j.idempotency.Outcome.Refused;
import org.occ4j.idempotency.Outcome.Replayed;

/** What becomes of a mutation that is sent while it is under way. */
public abstract class IdempotencyInFlightContract extends IdempotencyOnceContract {
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
    IdempotencyOptions<String> patient =
        HOW.toBuilder().onInFlight(InFlightPolicy.waitUpTo(LONG)).build();
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
}
