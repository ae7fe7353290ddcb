/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.occ4j.Expected;
import org.occ4j.Versioned;
import org.occ4j.client.Server.Task;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Rejection;

/** An edit shows at once, goes out in its turn, and ends in one of three ways. */
class OptimisticClientTest extends ClientFixture {

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
    OptimisticView<Task> view = client.view(KEY);
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
    assertThat(client.view(KEY)).isEqualTo(new OptimisticView<>(null, null, List.of()));
  }

  @Test
  void view_unknownKey_isEmpty() {
    assertThat(client.view("other")).isEqualTo(new OptimisticView<>(null, null, List.of()));
  }

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
