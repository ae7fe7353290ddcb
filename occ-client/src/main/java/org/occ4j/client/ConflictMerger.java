/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.client;

import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.occ4j.Versioned;

/**
 * What becomes of an edit whose expected state is gone: shows the difference from the newest known
 * state, for as long as the edit is CONFLICTED, and sends what was decided as another request. The
 * lock is the queue's; the merger is called outside of it.
 */
final class ConflictMerger<K, V> {
  private final EditQueue<K, V> queue;
  private final K key;
  private final ClientParts<K, V> parts;
  private final ReentrantLock lock;
  private final ConfirmedState<V> confirmed;

  ConflictMerger(EditQueue<K, V> queue) {
    this.queue = queue;
    this.key = queue.key;
    this.parts = queue.parts;
    this.lock = queue.lock;
    this.confirmed = queue.confirmed;
  }

  // SENDING, UNKNOWN -> CONFLICTED

  void conflict(
      ClientEdit<K, V> edit, MutationRequest<K, V> request, @Nullable Versioned<V> current) {
    if (current == null && request.value() == null) {
      queue.confirm(edit, request, null); // it wanted to delete what is deleted
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
  void confirmedMoved() {
    ClientEdit<K, V> conflicted = null;
    lock.lock();
    try {
      ClientEdit<K, V> first = queue.edits.peekFirst();
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
      queue.sender.startAttempts(edit);
    } finally {
      lock.unlock();
    }
    queue.sender.send(edit, request);
    return true;
  }
}
