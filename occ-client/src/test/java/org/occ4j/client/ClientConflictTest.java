/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.occ4j.Expected;
import org.occ4j.client.Server.Task;
import org.occ4j.merge.FieldChange;
import org.occ4j.merge.MergeResult;
import org.occ4j.merge.Merger;
import org.occ4j.mutation.Edit;

/** Where somebody was faster, a person sees both sides and loses neither. */
class ClientConflictTest extends ClientFixture {

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
}
