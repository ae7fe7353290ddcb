/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.client;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.occ4j.Versioned;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Rejection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The confirmed state of one key and the edits that wait in line to be added to it. */
final class Line<K, V> {
  /*
   * One lock guards the fields; each transition of the machine in EditState is one method that
   * changes them under it. User code runs outside, between two sections:
   *
   * L1  Only the first edit of the line is ever SENDING, UNKNOWN or CONFLICTED. The others are LOCAL.
   * L2  An edit leaves the line exactly when it becomes final.
   * L3  While an edit is SENDING or UNKNOWN its request does not change; a resend is the same object.
   *     So the same id never carries two payloads, and an answer to any of its sends is an answer.
   * L4  What was computed outside the lock from the confirmed state is installed only if the revision
   *     is still the same; else it is computed again. Each round means that a newer state came in.
   *
   * pump() is the only way in which a LOCAL edit is sent. It may be entered by the answer to a
   * transport that answers at once, from inside its own send; the counter turns that recursion into
   * one more round of the outer call, so a long line cannot overflow the stack.
   */

  static final String EDIT_FAILED = "edit-failed";

  private static final long NANOS_PER_SECOND = 1_000_000_000;

  /** Longer ones, which add up to more than the clock can hold, are all the same: too long. */
  private static final long LONGEST_PAUSE_SECONDS = 1_000_000_000;

  private static final Logger log = LoggerFactory.getLogger(OptimisticClient.class);

  private final K key;
  private final ClientParts<K, V> parts;
  private final ReentrantLock lock = new ReentrantLock();
  private final ConfirmedState<V> confirmed = new ConfirmedState<>();
  private final Deque<ClientEdit<K, V>> edits = new ArrayDeque<>();
  private final AtomicInteger pumping = new AtomicInteger();
  private volatile boolean closed;

  Line(K key, ClientParts<K, V> parts) {
    this.key = key;
    this.parts = parts;
  }

  // What the client asks.

  /** Adds an edit at the end; null if this line is closed. */
  @Nullable PendingEdit<V> submit(Edit<V> intent) {
    ClientEdit<K, V> edit = new ClientEdit<>(this, intent);
    lock.lock();
    try {
      if (closed) {
        return null;
      }
      edits.addLast(edit);
    } finally {
      lock.unlock();
    }
    parts.notifier().changed(key);
    pump();
    return edit;
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
    confirmedMoved();
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
    confirmedMoved();
    return true;
  }

  View<V> view() {
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
    return new View<>(value, state, new ArrayList<PendingEdit<V>>(pending));
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

  /** Closes a line without edits for good. */
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
      first(first, request);
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
    } catch (RuntimeException | Error failed) { // an edit that got stuck here would block the line
      log.warn("an edit of {} failed and is rejected", key, failed);
      reject(edit, new Reply.Rejected<>(EDIT_FAILED, String.valueOf(failed.getMessage())));
    }
    return null;
  }

  /** Makes the first attempt with a request. */
  private void first(ClientEdit<K, V> edit, MutationRequest<K, V> request) {
    lock.lock();
    try {
      edit.request = request;
      edit.sendsOfRequest = 0;
      startAttempts(edit);
    } finally {
      lock.unlock();
    }
    send(edit, request);
  }

  private void startAttempts(ClientEdit<K, V> edit) {
    edit.state = EditState.SENDING;
    edit.attempts = 1;
    countSending(edit);
    edit.firstAttemptNanos = parts.ticker().nanos();
  }

  private static void countSending(ClientEdit<?, ?> edit) {
    edit.sends++;
    edit.sendsOfRequest++;
    edit.doubt = null;
  }

  private void send(ClientEdit<K, V> edit, MutationRequest<K, V> request) {
    parts.notifier().changed(key);
    CompletionStage<Reply<V>> answer;
    try {
      answer = Objects.requireNonNull(parts.transport().send(request), "stage of the answer");
    } catch (RuntimeException | Error failed) {
      log.debug("a request for {} could not be sent", key, failed);
      lost(edit, request, Duration.ZERO);
      return;
    }
    // The stage that this returns ends exceptionally only if our own code fails below.
    answer.whenComplete((reply, failed) -> answered(edit, request, reply, failed));
  }

  // SENDING, UNKNOWN -> CONFIRMED, REJECTED, CONFLICTED

  private void answered(
      ClientEdit<K, V> edit,
      MutationRequest<K, V> request,
      @Nullable Reply<V> reply,
      @Nullable Throwable failed) {
    if (reply == null) {
      log.debug("the answer to a request for {} was lost", key, failed);
      lost(edit, request, Duration.ZERO);
      return;
    }
    Runnable transition =
        reply.fold(
            new Reply.Cases<V, Runnable>(
                confirmed -> () -> confirm(edit, request, confirmed.state()),
                conflict -> () -> conflict(edit, request, conflict.current()),
                rejected -> () -> rejectIfAwaited(edit, request, rejected),
                foreign -> () -> foreign(edit, request, foreign),
                retry -> () -> unsettled(edit, request, retry.after(), EditState.SENDING),
                lost -> () -> lost(edit, request, lost.after()),
                unclear -> () -> doubt(edit, request, unclear.detail())));
    transition.run();
  }

  private void confirm(
      ClientEdit<K, V> edit, MutationRequest<K, V> request, @Nullable Versioned<V> state) {
    if (state == null && request.value() != null) {
      // An answer that lost its body on the way must not make the value vanish.
      doubt(edit, request, "the answer confirms a change and does not say what it made");
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
      confirmedMoved();
    }
  }

  private void rejectIfAwaited(
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

  /** Who knows nothing of a mutation can settle it only if there was no earlier sending. */
  private void foreign(
      ClientEdit<K, V> edit, MutationRequest<K, V> request, Reply.Foreign<V> answer) {
    boolean onlySending;
    lock.lock();
    try {
      onlySending = edit.sendsOfRequest == 1;
    } finally {
      lock.unlock();
    }
    if (onlySending) {
      rejectIfAwaited(edit, request, new Reply.Rejected<>(answer.code(), answer.detail()));
    } else {
      doubt(edit, request, answer.detail());
    }
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
    parts.notifier().settled(key, edit);
    parts.notifier().changed(key);
    edit.complete();
    pump();
  }

  private void conflict(
      ClientEdit<K, V> edit, MutationRequest<K, V> request, @Nullable Versioned<V> current) {
    if (current == null && request.value() == null) {
      confirm(edit, request, null); // it wanted to delete what is deleted
      return;
    }
    lock.lock();
    try {
      confirmed.take(current, request.expected());
    } finally {
      lock.unlock();
    }
    describe(edit, request);
    confirmedMoved();
  }

  /** Puts the conflict with the newest known state on the edit, and makes it CONFLICTED. */
  private void describe(ClientEdit<K, V> edit, MutationRequest<K, V> request) {
    while (true) {
      Versioned<V> state;
      long revision;
      lock.lock();
      try {
        state = confirmed.state();
        revision = confirmed.revision();
      } finally {
        lock.unlock();
      }
      EditConflict<V> conflict = Conflicts.describe(parts.merger(), request, state);
      lock.lock();
      try {
        if (!isConflictOf(edit, request)) {
          return;
        }
        if (confirmed.revision() == revision) { // L4
          edit.conflict = conflict;
          edit.state = EditState.CONFLICTED;
          return;
        }
      } finally {
        lock.unlock();
      }
    }
  }

  private boolean isConflictOf(ClientEdit<K, V> edit, MutationRequest<K, V> request) {
    MutationRequest<K, V> sent = edit.request;
    return edit.awaits(request)
        || (edit.state == EditState.CONFLICTED
            && sent != null
            && sent.clientMutationId().equals(request.clientMutationId()));
  }

  /** After the confirmed state has moved: a conflict shows the newer one. */
  private void confirmedMoved() {
    ClientEdit<K, V> conflicted = null;
    lock.lock();
    try {
      ClientEdit<K, V> first = edits.peekFirst();
      if (first != null && first.state == EditState.CONFLICTED) {
        conflicted = first;
      }
    } finally {
      lock.unlock();
    }
    MutationRequest<K, V> request = conflicted == null ? null : conflicted.request;
    if (conflicted != null && request != null && isOutdated(conflicted)) {
      describe(conflicted, request);
    }
    parts.notifier().changed(key);
  }

  /** Spares the same conflict a second merge, and its readers a second object. */
  private boolean isOutdated(ClientEdit<K, V> conflicted) {
    EditConflict<V> conflict = conflicted.conflict;
    Versioned<V> shown = conflict == null ? null : conflict.current();
    lock.lock();
    try {
      Versioned<V> now = confirmed.state();
      if (shown == null || now == null) {
        return shown != null || now != null;
      }
      return shown.version() != now.version();
    } finally {
      lock.unlock();
    }
  }

  // SENDING -> SENDING, UNKNOWN

  private void lost(ClientEdit<K, V> edit, MutationRequest<K, V> request, Duration after) {
    unsettled(edit, request, after, EditState.UNKNOWN);
  }

  /** Leaves it open what became of the edit, until a call sends it again or gives it up. */
  private void doubt(ClientEdit<K, V> edit, MutationRequest<K, V> request, String why) {
    lock.lock();
    try {
      if (!edit.awaits(request)) {
        return;
      }
      edit.state = EditState.UNKNOWN;
      edit.doubt = why;
      edit.sends++; // a resend that is scheduled for an earlier answer counts no more
    } finally {
      lock.unlock();
    }
    log.warn("it is not known what became of an edit of {}: {}", key, why);
    parts.notifier().changed(key);
  }

  private void unsettled(
      ClientEdit<K, V> edit, MutationRequest<K, V> request, Duration atLeast, EditState meanwhile) {
    int sends;
    int attempts;
    boolean again;
    lock.lock();
    try {
      if (!edit.awaits(request)) {
        return;
      }
      sends = edit.sends;
      attempts = edit.attempts;
      long elapsed = parts.ticker().nanos() - edit.firstAttemptNanos;
      // A pause beyond the bound would keep the edit from the person for just as long.
      long wait = Math.min(atLeast.toSeconds(), LONGEST_PAUSE_SECONDS) * NANOS_PER_SECOND;
      again = parts.retry().allowsAfter(attempts, elapsed + wait);
      edit.state = again ? meanwhile : EditState.UNKNOWN;
    } finally {
      lock.unlock();
    }
    parts.notifier().changed(key);
    if (again) {
      Duration jitter = Duration.ofNanos(parts.retry().delayNanosAfter(attempts));
      Duration delay = jitter.compareTo(atLeast) < 0 ? atLeast : jitter;
      schedule(edit, request, sends, delay);
    }
  }

  private void schedule(
      ClientEdit<K, V> edit, MutationRequest<K, V> request, int sends, Duration delay) {
    try {
      parts.scheduler().schedule(() -> resend(edit, request, sends), delay);
    } catch (RuntimeException failed) {
      log.warn("a resend for {} could not be scheduled; it waits for a call", key, failed);
      lock.lock();
      try {
        if (edit.awaits(request) && edit.sends == sends) {
          edit.state = EditState.UNKNOWN;
        }
      } finally {
        lock.unlock();
      }
    }
  }

  // UNKNOWN, SENDING -> SENDING: the same request again (L3)

  private void resend(ClientEdit<K, V> edit, MutationRequest<K, V> request, int sendsBefore) {
    lock.lock();
    try {
      if (!edit.awaits(request) || edit.sends != sendsBefore) {
        return;
      }
      edit.state = EditState.SENDING;
      edit.attempts++;
      countSending(edit);
    } finally {
      lock.unlock();
    }
    send(edit, request);
  }

  boolean resendNow(ClientEdit<K, V> edit) {
    MutationRequest<K, V> request;
    lock.lock();
    try {
      request = edit.request;
      if (edit.state != EditState.UNKNOWN || request == null) {
        return false;
      }
      startAttempts(edit);
    } finally {
      lock.unlock();
    }
    send(edit, request);
    return true;
  }

  // CONFLICTED -> SENDING: another request

  boolean refreshAndApply(ClientEdit<K, V> edit) {
    while (true) {
      EditConflict<V> conflict = edit.conflict;
      if (conflict == null) {
        return false;
      }
      if (conflict.mergeFailed()) {
        throw new IllegalStateException("the merger failed on this conflict; it needs a value");
      }
      if (resolve(edit, conflict, conflict.proposal())) {
        return true;
      }
    }
  }

  @SuppressWarnings("ReferenceEquality") // the very conflict; equals would run user code here
  boolean resolve(ClientEdit<K, V> edit, EditConflict<V> seen, @Nullable V resolved) {
    Objects.requireNonNull(seen, "seen");
    Versioned<V> current = seen.current();
    V base = current == null ? null : current.value();
    MutationRequest<K, V> request;
    lock.lock();
    try {
      if (edit.state != EditState.CONFLICTED || seen != edit.conflict) {
        return false;
      }
      UUID superseded = edit.id;
      edit.id = UUID.randomUUID(); // another payload, another id
      request =
          new MutationRequest<>(
              edit.id, key, ConfirmedState.expectedOf(current), base, resolved, superseded);
      edit.request = request;
      edit.sendsOfRequest = 0;
      edit.conflict = null;
      edit.intent = Conflicts.patch(parts.merger(), base, resolved);
      startAttempts(edit);
    } finally {
      lock.unlock();
    }
    send(edit, request);
    return true;
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
