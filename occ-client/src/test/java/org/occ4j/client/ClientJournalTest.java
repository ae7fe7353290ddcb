/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.occ4j.Expected;
import org.occ4j.Versioned;
import org.occ4j.client.Server.Task;
import org.occ4j.mutation.Edit;

/** Pending edits outlive the client. */
class ClientJournalTest {
  private static final String KEY = "42";
  private static final Task TASK = new Task("tidy", "ana", 0);

  private final Server server = new Server();
  private final Wire wire = new Wire(server);
  private final MemoryJournal journal = new MemoryJournal();

  /** One that can fail. */
  private static final class MemoryJournal implements EditJournal<String, Task> {
    final Map<Long, Entry<String, Task>> kept = new TreeMap<>();
    boolean full;

    @Override
    public List<Entry<String, Task>> entries() {
      return new ArrayList<>(kept.values());
    }

    @Override
    public void put(Entry<String, Task> entry) {
      if (full) {
        throw new UncheckedIOException(new IOException("no space left"));
      }
      kept.put(entry.number(), entry);
    }

    @Override
    public void remove(long number) {
      kept.remove(number);
    }

    @Override
    public void close() {}
  }

  private OptimisticClient<String, Task> client() {
    return OptimisticClient.builder(wire, Server.MERGER)
        .scheduler(new ManualScheduler())
        .journal(journal)
        .build();
  }

  private OptimisticClient<String, Task> loaded() {
    OptimisticClient<String, Task> client = client();
    client.accept(KEY, server.put(KEY, TASK));
    return client;
  }

  private Task stored() {
    return server.store.get(KEY).orElseThrow().value();
  }

  private static PendingEdit<Task> title(OptimisticClient<String, Task> client, String title) {
    return client.edit(KEY, Edit.update(task -> task.withTitle(title)));
  }

  @Test
  void restart_afterALostAnswer_sendsTheSameRequestAndHasOneEffect() {
    title(loaded(), "mine");
    MutationRequest<String, Task> request = wire.last().request();
    wire.handle();

    OptimisticClient<String, Task> next = client();

    assertThat(next.view(KEY).value()).isEqualTo(TASK.withTitle("mine"));
    assertThat(wire.sent).hasSize(2);
    assertThat(wire.last().request()).isEqualTo(request);
    wire.deliver();
    assertThat(next.pendingCount()).isZero();
    assertThat(server.effects).hasValue(1);
    assertThat(journal.kept).isEmpty();
  }

  @Test
  void restart_foreignAnswer_settlesNothing() {
    title(loaded(), "mine");
    wire.handle();
    OptimisticClient<String, Task> next = client();

    wire.last().answer(new Reply.Foreign<>("http-401", "Sign in"));

    assertThat(next.view(KEY).pending())
        .extracting(PendingEdit::state)
        .containsExactly(EditState.UNKNOWN);
  }

  @Test
  void restart_severalEdits_goOnInTheirOrderOverWhatOthersDid() {
    OptimisticClient<String, Task> client = loaded();
    title(client, "mine");
    client.edit(KEY, Edit.update(task -> task.withVotes(task.votes() + 1)));
    client.edit(KEY, Edit.update(task -> task.withVotes(task.votes() + 1)));

    OptimisticClient<String, Task> next = client();

    assertThat(next.view(KEY).value()).isEqualTo(new Task("mine", "ana", 2));
    wire.deliver();
    Versioned<Task> theirs = server.put(KEY, new Task("mine", "berta", 10));
    next.accept(KEY, theirs);
    wire.last().answer(new Reply.Conflict<>(theirs));
    next.view(KEY).pending().get(0).refreshAndApply();
    wire.deliver();
    wire.deliver();
    assertThat(stored()).isEqualTo(new Task("mine", "berta", 12));
    assertThat(journal.kept).isEmpty();
  }

  @Test
  void restart_inConflict_isInConflictAgain() {
    OptimisticClient<String, Task> client = loaded();
    server.put(KEY, TASK.withTitle("theirs"));
    PendingEdit<Task> edit = title(client, "mine");
    wire.deliver();
    assertThat(edit.state()).isEqualTo(EditState.CONFLICTED);

    OptimisticClient<String, Task> next = client();
    wire.deliver();

    PendingEdit<Task> again = next.view(KEY).pending().get(0);
    assertThat(again.conflict().orElseThrow().overlaps()).hasSize(1);
    again.refreshAndApply();
    wire.deliver();
    assertThat(stored().title()).isEqualTo("mine");
  }

  @Test
  void restart_ofACreationAndADeletion_goesOn() {
    client().edit(KEY, Edit.set(TASK));
    OptimisticClient<String, Task> next = client();
    assertThat(wire.last().request().expected()).isEqualTo(Expected.absent());
    wire.deliver();
    next.edit(KEY, Edit.delete());

    client();
    wire.deliver();

    assertThat(server.store.get(KEY)).isEmpty();
    assertThat(journal.kept).isEmpty();
  }

  @Test
  void edit_thatCannotBeKept_isNone() {
    OptimisticClient<String, Task> client = loaded();
    journal.full = true;

    assertThatThrownBy(() -> title(client, "mine")).isInstanceOf(UncheckedIOException.class);

    assertThat(client.pendingCount()).isZero();
    assertThat(wire.sent).isEmpty();
  }

  @Test
  void request_thatCannotBeKept_isNotSentBeforeItCan() {
    OptimisticClient<String, Task> client = loaded();
    title(client, "mine");
    PendingEdit<Task> second = client.edit(KEY, Edit.update(task -> task.withVotes(1)));
    journal.full = true;
    wire.deliver();
    assertThat(second.state()).isEqualTo(EditState.UNKNOWN);
    assertThat(second.doubt().orElseThrow()).contains("could not be kept");
    assertThat(wire.sent).hasSize(1);

    journal.full = false;
    assertThat(second.resend()).isTrue();
    wire.deliver();

    assertThat(second.state()).isEqualTo(EditState.CONFIRMED);
  }

  @Test
  void discarded_isGone() {
    OptimisticClient<String, Task> client = loaded();
    title(client, "mine");
    PendingEdit<Task> second = client.edit(KEY, Edit.update(task -> task.withVotes(1)));
    assertThat(journal.kept).hasSize(2);

    second.discard();

    assertThat(journal.kept).hasSize(1);
  }
}
