/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.occ4j.client.Server.Task;
import org.occ4j.mutation.Edit;

/** A lost answer is asked for again under the same id, and only the service settles it. */
class ClientResendTest extends ClientFixture {

  @Test
  void lost_afterTheEffect_resendsTheSameRequestAndHasOneEffect() {
    loaded();
    PendingEdit<Task> edit = title("mine");
    MutationRequest<String, Task> request = wire.last().request();
    wire.handle();
    wire.cut();
    assertThat(edit.state()).isEqualTo(EditState.UNKNOWN);
    client.accept(KEY, server.put(KEY, TASK.withTitle("later")));

    scheduler.runNext();

    assertThat(wire.sent).hasSize(2);
    assertThat(wire.last().request()).isSameAs(request);
    wire.deliver();
    assertThat(edit.state()).isEqualTo(EditState.CONFIRMED);
    assertThat(server.effects).hasValue(1);
    assertThat(shown().title()).isEqualTo("later");
  }

  @Test
  void lost_beforeTheEffect_resendsAndIsConfirmed() {
    loaded();
    PendingEdit<Task> edit = title("mine");
    wire.cut();
    scheduler.runNext();
    wire.deliver();

    assertThat(edit.state()).isEqualTo(EditState.CONFIRMED);
    assertThat(server.effects).hasValue(1);
  }

  @Test
  void lost_attemptsExhausted_staysUnknownUntilAskedToResend() {
    loaded();
    PendingEdit<Task> edit = title("mine");
    PendingEdit<Task> next = assignee("berta");
    wire.cut();
    scheduler.runNext();
    wire.cut();
    scheduler.runNext();
    wire.cut();

    assertThat(scheduler.tasks).isEmpty();
    assertThat(wire.sent).hasSize(3);
    assertThat(edit.state()).isEqualTo(EditState.UNKNOWN);
    assertThat(next.state()).isEqualTo(EditState.LOCAL);
    assertThat(shown()).isEqualTo(new Task("mine", "berta", 0));

    assertThat(edit.resend()).isTrue();
    assertThat(edit.resend()).isFalse();
    wire.deliver();
    wire.deliver();
    assertThat(next.state()).isEqualTo(EditState.CONFIRMED);
  }

  @Test
  void lost_deadlinePassed_isNotResentByItself() {
    loaded();
    title("mine");
    ticker.advance(Duration.ofMinutes(2));
    wire.cut();

    assertThat(scheduler.tasks).isEmpty();
  }

  @Test
  void lost_lateAnswerAfterResend_countsOnce() {
    loaded();
    PendingEdit<Task> edit = title("mine");
    Wire.Sent first = wire.last();
    Reply<Task> answer = wire.handle();
    first.answer(new Reply.Lost<>());
    scheduler.runNext();
    wire.last().answer(answer);
    assertThat(edit.state()).isEqualTo(EditState.CONFIRMED);

    assertThat(settled).hasSize(1);
    assertThat(edit.resend()).isFalse();
  }

  @Test
  void lost_resentByCall_theScheduledResendDoesNothing() {
    loaded();
    PendingEdit<Task> edit = title("mine");
    wire.cut();
    edit.resend();
    scheduler.runNext();

    assertThat(wire.sent).hasSize(2);
  }

  @Test
  void discard_unknown_isPossibleAndALateStateStillCounts() {
    loaded();
    PendingEdit<Task> edit = title("mine");
    wire.handle();
    wire.cut();

    assertThat(edit.discard()).isTrue();
    assertThat(shown()).isEqualTo(TASK);
    scheduler.runNext();
    assertThat(wire.sent).hasSize(1);
    client.accept(KEY, server.store.get(KEY).orElseThrow());
    assertThat(shown().title()).isEqualTo("mine");
  }

  @Test
  void discard_sending_isRefused() {
    loaded();
    PendingEdit<Task> edit = title("mine");

    assertThat(edit.discard()).isFalse();
    wire.deliver();
    assertThat(edit.state()).isEqualTo(EditState.CONFIRMED);
  }

  @Test
  void foreign_afterALostAnswer_isUnknownAndTheSameRequestSettlesIt() {
    loaded();
    PendingEdit<Task> edit = title("mine");
    MutationRequest<String, Task> request = wire.last().request();
    wire.handle();
    wire.cut();
    scheduler.runNext();

    wire.last().answer(new Reply.Foreign<>("http-401", "Sign in"));

    assertThat(edit.state()).isEqualTo(EditState.UNKNOWN);
    assertThat(edit.doubt()).contains("Sign in");
    assertThat(scheduler.tasks).isEmpty();
    assertThat(shown().title()).isEqualTo("mine");
    assertThat(edit.resend()).isTrue();
    assertThat(edit.doubt()).isEmpty();
    wire.last().answer(new Reply.Foreign<>("http-403", "Forbidden"));
    assertThat(edit.state()).isEqualTo(EditState.UNKNOWN);
    edit.resend();
    assertThat(wire.last().request()).isSameAs(request);
    wire.deliver();
    assertThat(edit.state()).isEqualTo(EditState.CONFIRMED);
    assertThat(server.effects).hasValue(1);
  }

  @Test
  void foreign_toTheOnlySending_isARejection() {
    loaded();
    PendingEdit<Task> edit = title("mine");
    wire.last().answer(new Reply.Foreign<>("http-413", "Too large"));

    assertThat(edit.rejection()).contains(new Reply.Rejected<>("http-413", "Too large"));
  }

  @Test
  void foreign_toTheFirstSendingAfterAConflict_isARejection() {
    PendingEdit<Task> edit = conflicted();
    edit.refreshAndApply();
    wire.last().answer(new Reply.Foreign<>("http-413", "Too large"));

    assertThat(edit.state()).isEqualTo(EditState.REJECTED);
  }

  @Test
  void rejected_afterALostAnswer_isTheServicesOwnWord() {
    loaded();
    PendingEdit<Task> edit = title(Server.FORBIDDEN);
    wire.cut();
    scheduler.runNext();
    wire.deliver();

    assertThat(edit.state()).isEqualTo(EditState.REJECTED);
  }

  @Test
  void unclear_isToldAndNotSentAgainByItself() {
    loaded();
    PendingEdit<Task> edit = title("mine");
    wire.last().answer(new Reply.Unclear<>("no version in the answer"));

    assertThat(edit.state()).isEqualTo(EditState.UNKNOWN);
    assertThat(edit.doubt()).contains("no version in the answer");
    assertThat(scheduler.tasks).isEmpty();
    assertThat(edit.discard()).isTrue();
    assertThat(edit.doubt()).isEmpty();
  }

  @Test
  void unclear_afterALostAnswerWhoseResendWaits_endsTheResending() {
    loaded();
    PendingEdit<Task> edit = title("mine");
    Wire.Sent first = wire.last();
    first.answer(new Reply.Retry<>(Duration.ZERO));
    scheduler.runNext();
    wire.last().answer(new Reply.Lost<>());
    edit.resend();
    wire.last().answer(new Reply.Unclear<>("?"));
    scheduler.runNext();

    assertThat(wire.sent).hasSize(3);
  }

  @Test
  void confirmed_withoutTheStateThatItMade_isNoDeletion() {
    loaded();
    PendingEdit<Task> edit = title("mine");
    wire.last().answer(new Reply.Confirmed<>(null));

    assertThat(edit.state()).isEqualTo(EditState.UNKNOWN);
    assertThat(edit.doubt()).isPresent();
    assertThat(client.view(KEY).confirmed()).isNotNull();
    assertThat(shown().title()).isEqualTo("mine");
  }

  @Test
  void lost_withAPause_waitsAtLeastThatLong() {
    loaded();
    title("mine");
    wire.last().answer(new Reply.Lost<>(Duration.ofSeconds(7)));

    assertThat(scheduler.tasks.peek().delay()).isGreaterThanOrEqualTo(Duration.ofSeconds(7));
  }

  @Test
  void retry_pauseBeyondTheBound_leavesItToThePerson() {
    loaded();
    for (Duration pause : List.of(Duration.ofHours(1), Duration.ofSeconds(Long.MAX_VALUE))) {
      PendingEdit<Task> edit = title("mine");
      wire.last().answer(new Reply.Retry<>(pause));

      assertThat(edit.state()).isEqualTo(EditState.UNKNOWN);
      assertThat(scheduler.tasks).isEmpty();
      assertThat(edit.discard()).isTrue();
    }
  }

  @Test
  void retry_waitsAtLeastAsLongAsAsked() {
    loaded();
    PendingEdit<Task> edit = title("mine");
    wire.last().answer(new Reply.Retry<>(Duration.ofSeconds(7)));

    assertThat(edit.state()).isEqualTo(EditState.SENDING);
    assertThat(scheduler.tasks.peek().delay()).isGreaterThanOrEqualTo(Duration.ofSeconds(7));
    scheduler.runNext();
    wire.deliver();
    assertThat(edit.state()).isEqualTo(EditState.CONFIRMED);
  }

  @Test
  void send_transportThrows_isLost() {
    OptimisticClient<String, Task> other =
        OptimisticClient.<String, Task>builder(
                request -> {
                  throw new IllegalStateException("no route");
                },
                Server.MERGER)
            .scheduler(scheduler)
            .build();

    assertThat(other.edit(KEY, Edit.set(TASK)).state()).isEqualTo(EditState.UNKNOWN);
  }

  @Test
  void schedule_schedulerThrows_waitsForACall() {
    OptimisticClient<String, Task> other =
        OptimisticClient.builder(wire, Server.MERGER)
            .scheduler(
                (task, delay) -> {
                  throw new IllegalStateException("shut down");
                })
            .build();
    PendingEdit<Task> edit = other.edit(KEY, Edit.set(TASK));
    wire.last().answer(new Reply.Retry<>(Duration.ZERO));

    assertThat(edit.state()).isEqualTo(EditState.UNKNOWN);
    assertThat(edit.resend()).isTrue();
  }
}
