/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.occ4j.Expected;
import org.occ4j.RetryPolicy;
import org.occ4j.Versioned;
import org.occ4j.client.Server.Task;
import org.occ4j.merge.FieldChange;
import org.occ4j.merge.MergeResult;
import org.occ4j.merge.Merger;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Rejection;
import org.occ4j.testkit.FakeTicker;

class OptimisticClientTest {
  private static final String KEY = "42";
  private static final Task TASK = new Task("tidy", "ana", 0);

  private final Server server = new Server();
  private final Wire wire = new Wire(server);
  private final ManualScheduler scheduler = new ManualScheduler();
  private final FakeTicker ticker = new FakeTicker();
  private final List<PendingEdit<Task>> settled = new ArrayList<>();
  private final OptimisticClient<String, Task> client = client(Server.MERGER);

  private OptimisticClient<String, Task> client(Merger<Task> merger) {
    return OptimisticClient.builder(wire, merger)
        .scheduler(scheduler)
        .ticker(ticker)
        .retry(RetryPolicy.of(3, Duration.ofMinutes(1)))
        .listener(
            new ClientListener<String, Task>() {
              @Override
              public void changed(String key) {}

              @Override
              public void settled(String key, PendingEdit<Task> edit) {
                settled.add(edit);
              }
            })
        .build();
  }

  private Versioned<Task> loaded() {
    Versioned<Task> state = server.put(KEY, TASK);
    client.accept(KEY, state);
    return state;
  }

  private PendingEdit<Task> title(String text) {
    return client.edit(KEY, Edit.update(task -> task.withTitle(text)));
  }

  private PendingEdit<Task> assignee(String name) {
    return client.edit(KEY, Edit.update(task -> task.withAssignee(name)));
  }

  private Task shown() {
    return client.view(KEY).value();
  }

  private Task stored() {
    return server.store.get(KEY).orElseThrow().value();
  }

  // Showing and confirming.

  @Test
  void edit_beforeAnyAnswer_showsAtOnceAndIsSentWithItsBase() {
    Versioned<Task> state = loaded();

    PendingEdit<Task> edit = title("mine");

    assertThat(shown()).isEqualTo(TASK.withTitle("mine"));
    assertThat(edit.state()).isEqualTo(EditState.SENDING);
    assertThat(client.pendingCount()).isEqualTo(1);
    assertThat(wire.last().request())
        .isEqualTo(
            new MutationRequest<>(
                edit.clientMutationId(),
                KEY,
                Expected.version(state.version()),
                TASK,
                TASK.withTitle("mine"),
                null));
  }

  @Test
  void edit_confirmed_becomesConfirmedState() {
    loaded();
    PendingEdit<Task> edit = title("mine");

    wire.deliver();

    assertThat(edit.state()).isEqualTo(EditState.CONFIRMED);
    assertThat(edit.settled().toCompletableFuture()).isCompletedWithValue(EditState.CONFIRMED);
    assertThat(settled).containsExactly(edit);
    View<Task> view = client.view(KEY);
    assertThat(view.pending()).isEmpty();
    assertThat(view.confirmed()).isEqualTo(server.store.get(KEY).orElseThrow());
    assertThat(view.value()).isEqualTo(TASK.withTitle("mine"));
  }

  @Test
  void edit_several_areSentOneByOneEachOnTheStateOfTheOneBefore() {
    loaded();
    PendingEdit<Task> first = title("mine");
    PendingEdit<Task> second = assignee("berta");

    assertThat(shown()).isEqualTo(new Task("mine", "berta", 0));
    assertThat(wire.sent).hasSize(1);
    assertThat(second.state()).isEqualTo(EditState.LOCAL);

    wire.deliver();
    assertThat(wire.sent).hasSize(2);
    assertThat(wire.last().request().base()).isEqualTo(TASK.withTitle("mine"));
    wire.deliver();

    assertThat(List.of(first.state(), second.state())).containsOnly(EditState.CONFIRMED);
    assertThat(stored()).isEqualTo(new Task("mine", "berta", 0));
  }

  @Test
  void edit_nothingThere_createsAndDeletes() {
    client.edit(KEY, Edit.set(TASK));
    assertThat(wire.last().request().expected()).isEqualTo(Expected.absent());
    wire.deliver();
    assertThat(stored()).isEqualTo(TASK);

    client.edit(KEY, Edit.delete());
    assertThat(shown()).isNull();
    wire.deliver();

    assertThat(server.store.get(KEY)).isEmpty();
    assertThat(client.view(KEY)).isEqualTo(new View<>(null, null, List.of()));
  }

  @Test
  void view_unknownKey_isEmpty() {
    assertThat(client.view("other")).isEqualTo(new View<>(null, null, List.of()));
  }

  // States from the server.

  @Test
  void accept_onlyNewerStates_count() {
    Versioned<Task> old = loaded();
    Versioned<Task> newer = server.put(KEY, TASK.withTitle("theirs"));

    assertThat(client.accept(KEY, newer)).isTrue();
    assertThat(client.accept(KEY, old)).isFalse();
    assertThat(client.accept(KEY, newer)).isFalse();
    assertThat(shown().title()).isEqualTo("theirs");
  }

  @Test
  void accept_stateOfBeforeADeletion_doesNotBringItBack() {
    Versioned<Task> old = loaded();
    client.edit(KEY, Edit.delete());
    wire.deliver();

    assertThat(client.accept(KEY, old)).isFalse();
    assertThat(shown()).isNull();
  }

  @Test
  void acceptAbsence_onlyIfNothingNewerIsKnown() {
    long before = loaded().version();
    Versioned<Task> newer = server.put(KEY, TASK.withTitle("theirs"));
    client.accept(KEY, newer);

    assertThat(client.acceptAbsence(KEY, before)).isFalse();
    assertThat(shown()).isNotNull();
    assertThat(client.acceptAbsence(KEY, newer.version())).isTrue();
    assertThat(shown()).isNull();
  }

  @Test
  void accept_underPendingEdits_runsThemOnIt() {
    loaded();
    title("mine");

    client.accept(KEY, server.put(KEY, TASK.withAssignee("berta")));

    assertThat(shown()).isEqualTo(new Task("mine", "berta", 0));
  }

  @Test
  void confirm_answerOlderThanWhatIsKnown_doesNotGoBack() {
    loaded();
    title("mine");
    Reply<Task> answer = wire.handle();
    client.accept(KEY, server.put(KEY, TASK.withTitle("later")));

    wire.last().answer(answer);

    assertThat(shown().title()).isEqualTo("later");
  }

  // Conflicts.

  private PendingEdit<Task> conflicted() {
    loaded();
    server.put(KEY, TASK.withAssignee("berta"));
    PendingEdit<Task> edit = title("mine");
    wire.deliver();
    return edit;
  }

  @Test
  void conflict_differentFields_showsBothSidesAndAProposal() {
    PendingEdit<Task> edit = conflicted();

    assertThat(edit.state()).isEqualTo(EditState.CONFLICTED);
    EditConflict<Task> conflict = edit.conflict().orElseThrow();
    assertThat(conflict.base()).isEqualTo(TASK);
    assertThat(conflict.mine()).isEqualTo(TASK.withTitle("mine"));
    assertThat(conflict.current()).isEqualTo(server.store.get(KEY).orElseThrow());
    assertThat(conflict.proposal()).isEqualTo(new Task("mine", "berta", 0));
    assertThat(conflict.overlaps()).isEmpty();
    assertThat(conflict.changes())
        .extracting(FieldChange::path)
        .containsExactly("title", "assignee");
    assertThat(shown()).isEqualTo(new Task("mine", "berta", 0));
    assertThat(edit.settled().toCompletableFuture()).isNotDone();
  }

  @Test
  void refreshAndApply_sendsTheMergeWithANewIdExpectingTheCurrent() {
    PendingEdit<Task> edit = conflicted();
    UUID old = edit.clientMutationId();

    assertThat(edit.refreshAndApply()).isTrue();

    MutationRequest<String, Task> request = wire.last().request();
    assertThat(request.clientMutationId()).isEqualTo(edit.clientMutationId()).isNotEqualTo(old);
    assertThat(request.supersedes()).isEqualTo(old);
    assertThat(request.expected())
        .isEqualTo(Expected.version(server.store.get(KEY).orElseThrow().version()));
    assertThat(edit.conflict()).isEmpty();
    wire.deliver();
    assertThat(edit.state()).isEqualTo(EditState.CONFIRMED);
    assertThat(stored()).isEqualTo(new Task("mine", "berta", 0));
  }

  @Test
  void refreshAndApply_conflictsAgain_keepsWhatThePersonChose() {
    PendingEdit<Task> edit = conflicted();
    edit.refreshAndApply(edit.conflict().orElseThrow(), new Task("chosen", "carla", 0));
    server.put(KEY, new Task("tidy", "berta", 5));
    wire.deliver();

    EditConflict<Task> again = edit.conflict().orElseThrow();
    assertThat(again.mine()).isEqualTo(new Task("chosen", "carla", 0));
    assertThat(again.proposal()).isEqualTo(new Task("chosen", "carla", 5));
    edit.refreshAndApply();
    wire.deliver();
    assertThat(stored()).isEqualTo(new Task("chosen", "carla", 5));
  }

  @Test
  void refreshAndApply_sameField_overlapsAndThePersonDecides() {
    loaded();
    server.put(KEY, TASK.withTitle("theirs"));
    PendingEdit<Task> edit = title("mine");
    wire.deliver();

    EditConflict<Task> conflict = edit.conflict().orElseThrow();
    assertThat(conflict.overlaps())
        .containsExactly(new FieldChange("title", "tidy", "theirs", "mine"));
    assertThat(edit.refreshAndApply(conflict, TASK.withTitle("both"))).isTrue();
    assertThat(shown().title()).isEqualTo("both");
    wire.deliver();
    assertThat(stored().title()).isEqualTo("both");
  }

  @Test
  void refreshAndApply_conflictSeenIsOutdated_isRefused() {
    PendingEdit<Task> edit = conflicted();
    EditConflict<Task> seen = edit.conflict().orElseThrow();
    client.accept(KEY, server.put(KEY, new Task("newer", "berta", 0)));

    assertThat(edit.refreshAndApply(seen, TASK)).isFalse();
    assertThat(wire.sent).hasSize(1);
    assertThat(edit.conflict().orElseThrow().overlaps())
        .containsExactly(new FieldChange("title", "tidy", "newer", "mine"));
  }

  @Test
  void conflict_deletedByOthers_canBeCreatedAnewOrDiscarded() {
    loaded();
    server.delete(KEY);
    PendingEdit<Task> edit = title("mine");
    wire.deliver();

    assertThat(edit.conflict().orElseThrow().current()).isNull();
    assertThat(client.view(KEY).confirmed()).isNull();
    edit.refreshAndApply();
    assertThat(wire.last().request().expected()).isEqualTo(Expected.absent());
    wire.deliver();
    assertThat(stored()).isEqualTo(TASK.withTitle("mine"));
  }

  @Test
  void conflict_deletionOfWhatIsDeleted_isConfirmed() {
    loaded();
    server.delete(KEY);
    PendingEdit<Task> edit = client.edit(KEY, Edit.delete());
    wire.last().answer(new Reply.Conflict<>(null));

    assertThat(edit.state()).isEqualTo(EditState.CONFIRMED);
  }

  @Test
  void conflict_bothCreated_overlapsInAllFieldsThatDiffer() {
    server.put(KEY, TASK);
    PendingEdit<Task> edit = client.edit(KEY, Edit.set(TASK.withTitle("mine")));
    wire.deliver();

    assertThat(edit.conflict().orElseThrow().overlaps())
        .containsExactly(new FieldChange("title", null, "tidy", "mine"));
  }

  @Test
  void discard_conflicted_goesBackToTheServersStateAndLetsTheNextGo() {
    PendingEdit<Task> edit = conflicted();
    PendingEdit<Task> next = client.edit(KEY, Edit.update(task -> task.withVotes(7)));
    assertThat(wire.sent).hasSize(1);

    assertThat(edit.discard()).isTrue();

    assertThat(edit.state()).isEqualTo(EditState.DISCARDED);
    assertThat(settled).containsExactly(edit);
    assertThat(shown()).isEqualTo(new Task("tidy", "berta", 7));
    wire.deliver();
    assertThat(next.state()).isEqualTo(EditState.CONFIRMED);
    assertThat(edit.discard()).isFalse();
    assertThat(edit.refreshAndApply()).isFalse();
  }

  @Test
  void discard_oneOfSeveral_keepsTheOthers() {
    loaded();
    title("mine");
    PendingEdit<Task> middle = assignee("berta");
    client.edit(KEY, Edit.update(task -> task.withVotes(7)));

    assertThat(middle.discard()).isTrue();

    assertThat(shown()).isEqualTo(new Task("mine", "ana", 7));
    wire.deliver();
    wire.deliver();
    assertThat(stored()).isEqualTo(new Task("mine", "ana", 7));
  }

  @Test
  void conflict_mergerFails_needsAValueAndSendsNothingByItself() {
    Merger<Task> failing =
        new Merger<>() {
          @Override
          public MergeResult<Task> merge(Task base, Task mine, Task theirs) {
            throw new IllegalStateException("no");
          }

          @Override
          public List<FieldChange> changes(Task base, Task theirs, Task mine) {
            return List.of();
          }
        };
    OptimisticClient<String, Task> other = client(failing);
    other.accept(KEY, server.put(KEY, TASK));
    server.put(KEY, TASK.withAssignee("berta"));
    PendingEdit<Task> edit = other.edit(KEY, Edit.update(task -> task.withTitle("mine")));
    wire.deliver();

    EditConflict<Task> conflict = edit.conflict().orElseThrow();
    assertThat(conflict.mergeFailed()).isTrue();
    assertThatThrownBy(edit::refreshAndApply).isInstanceOf(IllegalStateException.class);
    assertThat(edit.state()).isEqualTo(EditState.CONFLICTED);
    assertThat(edit.refreshAndApply(conflict, new Task("mine", "berta", 0))).isTrue();
  }

  // Lost answers and busy servers.

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

  // Rejections.

  @Test
  void rejected_byTheServer_isToldAndTheNextGoes() {
    loaded();
    PendingEdit<Task> edit = title(Server.FORBIDDEN);
    PendingEdit<Task> next = assignee("berta");
    wire.deliver();

    assertThat(edit.state()).isEqualTo(EditState.REJECTED);
    assertThat(edit.rejection()).contains(new Reply.Rejected<>("rule", "not that"));
    assertThat(settled).containsExactly(edit);
    wire.deliver();
    assertThat(next.state()).isEqualTo(EditState.CONFIRMED);
    assertThat(stored()).isEqualTo(TASK.withAssignee("berta"));
  }

  @Test
  void rejected_byTheEdit_isNeverSentAndHurtsNoOther() {
    loaded();
    PendingEdit<Task> first = assignee("berta");
    PendingEdit<Task> rejecting =
        client.edit(
            KEY,
            task -> {
              throw new Rejection("own", "no");
            });
    PendingEdit<Task> failing =
        client.edit(
            KEY,
            task -> {
              throw new AssertionError("bug");
            });
    PendingEdit<Task> last = client.edit(KEY, Edit.update(task -> task.withVotes(7)));

    wire.deliver();
    wire.deliver();

    assertThat(rejecting.rejection()).contains(new Reply.Rejected<>("own", "no"));
    assertThat(failing.rejection().orElseThrow().code()).isEqualTo("edit-failed");
    assertThat(List.of(first.state(), last.state())).containsOnly(EditState.CONFIRMED);
    assertThat(wire.sent).hasSize(2);
    assertThat(shown()).isEqualTo(new Task("tidy", "berta", 7));
  }

  // The rest.

  @Test
  void listener_throws_stopsNothing() {
    OptimisticClient<String, Task> other =
        OptimisticClient.builder(wire, Server.MERGER)
            .listener(
                key -> {
                  throw new AssertionError("listener");
                })
            .build();
    PendingEdit<Task> edit = other.edit(KEY, Edit.set(TASK));
    wire.deliver();

    assertThat(edit.state()).isEqualTo(EditState.CONFIRMED);
  }

  @Test
  void listener_callsBack_isNotUnderALock() {
    List<Task> views = new ArrayList<>();
    List<OptimisticClient<String, Task>> self = new ArrayList<>();
    OptimisticClient<String, Task> other =
        OptimisticClient.builder(wire, Server.MERGER)
            .listener(
                // From another thread: it would wait for ever for a lock that this one held.
                key ->
                    views.add(
                        CompletableFuture.supplyAsync(() -> self.get(0).view(key).value()).join()))
            .build();
    self.add(other);
    other.edit(KEY, Edit.set(TASK));
    wire.deliver();

    assertThat(views).contains(TASK);
  }

  @Test
  void edit_aThousandOverATransportThatAnswersAtOnce_doesNotOverflow() {
    List<CompletableFuture<Reply<Task>>> held = new ArrayList<>();
    OptimisticClient<String, Task> other =
        OptimisticClient.<String, Task>builder(
                request -> {
                  if (held.isEmpty()) {
                    held.add(new CompletableFuture<>());
                    return held.get(0).thenApply(reply -> server.handle(request));
                  }
                  return CompletableFuture.completedFuture(server.handle(request));
                },
                Server.MERGER)
            .build();
    other.edit(KEY, Edit.set(TASK));
    for (int i = 0; i < 10_000; i++) {
      other.edit(KEY, Edit.update(task -> task.withVotes(task.votes() + 1)));
    }

    held.get(0).complete(new Reply.Lost<>());

    assertThat(other.pendingCount()).isZero();
    assertThat(stored().votes()).isEqualTo(10_000);
  }

  @Test
  void forget_onlyWithoutPendingEdits() {
    loaded();
    PendingEdit<Task> edit = title("mine");
    assertThat(client.forget(KEY)).isFalse();
    wire.deliver();

    assertThat(client.forget(KEY)).isTrue();
    assertThat(client.forget("never seen")).isTrue();
    assertThat(shown()).isNull();
    assertThat(edit.state()).isEqualTo(EditState.CONFIRMED);
    assertThat(client.accept(KEY, server.store.get(KEY).orElseThrow())).isTrue();
    assertThat(shown().title()).isEqualTo("mine");
  }
}
