/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.client;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.occ4j.Expected;
import org.occ4j.Versioned;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Rejection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The confirmed state of one key and the edits that wait in line to be added to it: which edit goes
 * next, and what settles one. How it is sent is the {@link Sender}'s, what to do about a conflict
 * the {@link ConflictMerger}'s.
 */
final class EditQueue<K, V> {
  /*
   * One lock guards the fields, those of the edits too; each transition of the machine in EditState
   * is one method, here or in the two others, that changes them under it. User code runs outside,
   * between two sections:
   *
   * L1  Only the first edit of the queue is ever SENDING, UNKNOWN or CONFLICTED. The others are LOCAL.
   * L2  An edit leaves the queue exactly when it becomes final.
   * L3  While an edit is SENDING or UNKNOWN its request does not change; a resend is the same object.
   *     So the same id never carries two payloads, and an answer to any of its sends is an answer.
   * L4  What was computed outside the lock from the confirmed state is installed only if the revision
   *     is still the same; else it is computed again. Each round means that a newer state came in.
   *
   * pump() is the only way in which a LOCAL edit is sent. It may be entered by the answer to a
   * transport that answers at once, from inside its own send; the counter turns that recursion into
   * one more round of the outer call, so a long queue cannot overflow the stack.
   */

  static final String EDIT_FAILED = "edit-failed";

  private static final Logger log = LoggerFactory.getLogger(OptimisticClient.class);

  final K key;
  final ClientParts<K, V> parts;
  final ReentrantLock lock = new ReentrantLock();
  final ConfirmedState<V> confirmed = new ConfirmedState<>();
  final Deque<ClientEdit<K, V>> edits = new ArrayDeque<>();
  final Sender<K, V> sender;
  final ConflictMerger<K, V> conflicts;
  private final AtomicInteger pumping = new AtomicInteger();
  private volatile boolean closed;

  EditQueue(K key, ClientParts<K, V> parts) {
    this.key = key;
    this.parts = parts;
    this.conflicts = new ConflictMerger<>(this);
    this.sender = new Sender<>(this);
  }

  // What the client asks.

  /** Adds an edit at the end; null if this queue is closed. */
  @Nullable PendingEdit<V> submit(Edit<V> intent) {
    boolean added;
    ClientEdit<K, V> edit = new ClientEdit<>(this, parts.numbers().incrementAndGet(), intent);
    keepNew(edit);
    lock.lock();
    try {
      added = !closed;
      if (added) {
        edits.addLast(edit);
      }
    } finally {
      lock.unlock();
    }
    if (!added) {
      drop(edit);
      return null;
    }
    parts.notifier().changed(key);
    pump();
    return edit;
  }

  /** Keeps what an edit makes of what is shown; one that throws is kept when it is sent. */
  private void keepNew(ClientEdit<K, V> edit) {
    if (parts.journal() instanceof NoJournal) {
      return;
    }
    OptimisticView<V> below = view();
    Versioned<V> state = below.confirmed();
    V base = below.value();
    V value;
    try {
      value = edit.intent.apply(base);
    } catch (Rejection | RuntimeException thrown) {
      log.debug("an edit of {} is not kept before its turn", key, thrown);
      return;
    }
    parts
        .journal()
        .put(
            new EditJournal.Entry<>(
                edit.number,
                edit.id,
                key,
                state == null ? null : state.version(),
                base,
                value,
                null,
                false));
  }

  private void drop(ClientEdit<K, V> edit) {
    try {
      parts.journal().remove(edit.number);
    } catch (RuntimeException failed) {
      // It would be sent again under its id, which does no harm.
      log.warn("a settled edit of {} stays in the journal", key, failed);
    }
  }

  /** Lines up an edit that another process left; {@link #begin} goes on with it. */
  void restore(EditJournal.Entry<K, V> entry) {
    Edit<V> intent = Conflicts.patch(parts.merger(), entry.base(), entry.value());
    ClientEdit<K, V> edit = new ClientEdit<>(this, entry.number(), intent);
    edit.id = entry.clientMutationId();
    lock.lock();
    try {
      Long version = entry.version();
      V base = entry.base();
      if (edits.isEmpty() && version != null && base != null) {
        confirmed.take(new Versioned<>(base, version, null, null));
      }
      if (entry.sent()) {
        edit.request = restored(entry);
        edit.kept = edit.request;
        edit.sendsOfRequest = 1; // from then on only the service settles it
        edit.state = edits.isEmpty() ? EditState.UNKNOWN : EditState.LOCAL;
      }
      edits.addLast(edit);
    } finally {
      lock.unlock();
    }
  }

  private MutationRequest<K, V> restored(EditJournal.Entry<K, V> entry) {
    Long version = entry.version();
    return new MutationRequest<>(
        entry.clientMutationId(),
        key,
        version == null ? Expected.absent() : Expected.version(version),
        entry.base(),
        entry.value(),
        entry.supersedes());
  }

  /** Sends again what was sent, or else what comes first. */
  void begin() {
    ClientEdit<K, V> first;
    lock.lock();
    try {
      first = edits.peekFirst();
    } finally {
      lock.unlock();
    }
    if (first != null && !sender.resendNow(first)) {
      pump();
    }
  }

  boolean accept(Versioned<V> state) {
    lock.lock();
    try {
      if (!confirmed.take(state)) {
        return false;
      }
    } finally {
      lock.unlock();
    }
    conflicts.confirmedMoved();
    return true;
  }

  boolean acceptAbsence(long lastVersion) {
    lock.lock();
    try {
      if (!confirmed.takeAbsence(lastVersion)) {
        return false;
      }
    } finally {
      lock.unlock();
    }
    conflicts.confirmedMoved();
    return true;
  }

  OptimisticView<V> view() {
    Versioned<V> state;
    List<ClientEdit<K, V>> pending;
    lock.lock();
    try {
      state = confirmed.state();
      pending = List.copyOf(edits);
    } finally {
      lock.unlock();
    }
    V value = state == null ? null : state.value();
    for (ClientEdit<K, V> edit : pending) {
      value = shown(edit, value);
    }
    return new OptimisticView<>(value, state, new ArrayList<PendingEdit<V>>(pending));
  }

  private @Nullable V shown(ClientEdit<K, V> edit, @Nullable V below) {
    try {
      return edit.intent.apply(below);
    } catch (Rejection | RuntimeException thrown) {
      log.debug("an edit of {} is left out of the view", key, thrown);
      return below; // it is judged when its turn comes; others must not suffer for it
    }
  }

  int size() {
    lock.lock();
    try {
      return edits.size();
    } finally {
      lock.unlock();
    }
  }

  /** Closes a queue without edits for good. */
  boolean close() {
    lock.lock();
    try {
      closed = edits.isEmpty();
      return closed;
    } finally {
      lock.unlock();
    }
  }

  boolean isClosed() {
    return closed;
  }

  // LOCAL -> SENDING

  private void pump() {
    if (pumping.getAndIncrement() > 0) {
      return; // whoever pumps makes one more round
    }
    do {
      sendFirst();
    } while (pumping.decrementAndGet() > 0);
  }

  private void sendFirst() {
    ClientEdit<K, V> first;
    Versioned<V> state;
    lock.lock();
    try {
      first = edits.peekFirst();
      if (first == null || first.state != EditState.LOCAL) {
        return; // L1: one at a time
      }
      first.state = EditState.SENDING;
      state = confirmed.state();
    } finally {
      lock.unlock();
    }
    MutationRequest<K, V> request = request(first, state);
    if (request != null) {
      sender.first(first, request);
    }
  }

  private @Nullable MutationRequest<K, V> request(
      ClientEdit<K, V> edit, @Nullable Versioned<V> state) {
    V base = state == null ? null : state.value();
    try {
      V value = edit.intent.apply(base);
      return new MutationRequest<>(
          edit.id, key, ConfirmedState.expectedOf(state), base, value, null);
    } catch (Rejection rejection) {
      reject(edit, new Reply.Rejected<>(rejection.code(), rejection.detail()));
    } catch (RuntimeException | Error failed) { // an edit that got stuck here would block the queue
      log.warn("an edit of {} failed and is rejected", key, failed);
      reject(edit, new Reply.Rejected<>(EDIT_FAILED, String.valueOf(failed.getMessage())));
    }
    return null;
  }

  // SENDING, UNKNOWN -> CONFIRMED, REJECTED

  void confirm(ClientEdit<K, V> edit, MutationRequest<K, V> request, @Nullable Versioned<V> state) {
    if (state == null && request.value() != null) {
      // An answer that lost its body on the way must not make the value vanish.
      sender.doubt(edit, request, "the answer confirms a change and does not say what it made");
      return;
    }
    boolean awaited;
    lock.lock();
    try {
      // Also where nobody waits for the answer any more, it says what the server holds.
      confirmed.take(state, request.expected());
      awaited = edit.awaits(request);
      if (awaited) {
        settle(edit, EditState.CONFIRMED);
      }
    } finally {
      lock.unlock();
    }
    if (awaited) {
      finish(edit);
    } else {
      conflicts.confirmedMoved();
    }
  }

  void rejectIfAwaited(
      ClientEdit<K, V> edit, MutationRequest<K, V> request, Reply.Rejected<V> why) {
    lock.lock();
    try {
      if (!edit.awaits(request)) {
        return;
      }
      edit.rejection = why;
      settle(edit, EditState.REJECTED);
    } finally {
      lock.unlock();
    }
    finish(edit);
  }

  /** Rejects an edit that was about to be sent for the first time. */
  private void reject(ClientEdit<K, V> edit, Reply.Rejected<V> why) {
    lock.lock();
    try {
      edit.rejection = why;
      settle(edit, EditState.REJECTED);
    } finally {
      lock.unlock();
    }
    finish(edit);
  }

  private void settle(ClientEdit<K, V> edit, EditState state) {
    edit.state = state;
    edit.conflict = null;
    edit.doubt = null;
    edits.remove(edit); // L2
  }

  private void finish(ClientEdit<K, V> edit) {
    drop(edit);
    parts.notifier().settled(key, edit);
    parts.notifier().changed(key);
    edit.complete();
    pump();
  }

  // LOCAL, UNKNOWN, CONFLICTED -> DISCARDED

  boolean discard(ClientEdit<K, V> edit) {
    lock.lock();
    try {
      if (edit.state.isFinal() || edit.state == EditState.SENDING) {
        return false;
      }
      settle(edit, EditState.DISCARDED);
    } finally {
      lock.unlock();
    }
    finish(edit);
    return true;
  }
}
