/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.occ4j.Codec;
import org.occ4j.CodecException;
import org.occ4j.MutationId;
import org.occ4j.idempotency.Effect;
import org.occ4j.idempotency.FailurePolicy;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.idempotency.MutationRecord;
import org.occ4j.idempotency.Outcome.Executed;
import org.occ4j.idempotency.Outcome.Replayed;

/** Effects that throw, answers that cannot be kept, and policies that make answers of failures. */
public abstract class IdempotencyFailureContract extends IdempotencyInFlightContract {
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
    IdempotencyOptions<String> narrow = HOW.toBuilder().maxAnswerBytes(3).build();
    assertThat(registry().execute(id, narrow, context -> "four"))
        .isEqualTo(new Executed<>("four", 1));
    assertReplaysWithoutRunning(id, narrow, "four");
  }

  @Test
  void execute_answerOfTheGreatestLength_isKept() throws Exception {
    MutationId id = id();
    registry().execute(id, HOW.toBuilder().maxAnswerBytes(4).build(), context -> "four");
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
    IdempotencyOptions<String> how = IdempotencyOptions.returning(broken);
    assertThat(registry().execute(id, how, context -> "done")).isEqualTo(new Executed<>("done", 1));
    assertReplaysWithoutRunning(id, how, "done");
  }

  @Test
  void execute_answerOfAnotherFormat_isNotMisread() throws Exception {
    MutationId id = id();
    registry().execute(id, HOW, context -> "text");
    IdempotencyOptions<byte[]> otherFormat = IdempotencyOptions.returning(Codec.bytes());
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
    assertThat(registry().execute(id, IdempotencyOptions.returning(newer), context -> "new"))
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
    IdempotencyOptions<String> keeping =
        HOW.toBuilder()
            .failures(FailurePolicy.keep(IOException.class, IdempotencyFailureContract::declined))
            .build();
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
    IdempotencyOptions<String> keeping =
        HOW.toBuilder()
            .failures(
                FailurePolicy.<String, IOException>keep(
                        IOException.class, IdempotencyFailureContract::declined)
                    .or(FailurePolicy.keep(IllegalStateException.class, failure -> "illegal")))
            .build();
    fail(id, keeping, new IllegalArgumentException("another"));
    fail(id, keeping, new AssertionError("an error"));
    fail(
        id,
        HOW.toBuilder().failures(failure -> Optional.of("all")).build(),
        new InterruptedException());
    fail(
        id,
        HOW.toBuilder().failures(failure -> Optional.of("all")).build(),
        new AssertionError("an error"));
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
        HOW.toBuilder()
            .failures(
                any -> {
                  throw broken;
                })
            .build(),
        failure);
    assertThat(failure).hasSuppressedException(broken);
    assertThat(state(id)).isEqualTo(MutationRecord.State.RELEASED);
  }

  private static String declined(IOException failure) {
    return "declined: " + failure.getMessage();
  }
}
