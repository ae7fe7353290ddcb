/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.client;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.occ4j.Expected;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries the first edit of a queue to the server, and keeps at it until there is an answer to act
 * on or the retry policy ends it. The lock is the queue's; the transport and the scheduler are
 * called outside of it.
 */
final class Sender<K, V> {
  private static final long NANOS_PER_SECOND = 1_000_000_000;

  /** Longer ones, which add up to more than the clock can hold, are all the same: too long. */
  private static final long LONGEST_PAUSE_SECONDS = 1_000_000_000;

  private static final Logger log = LoggerFactory.getLogger(OptimisticClient.class);

  private final EditQueue<K, V> queue;
  private final K key;
  private final ClientParts<K, V> parts;
  private final ReentrantLock lock;

  Sender(EditQueue<K, V> queue) {
    this.queue = queue;
    this.key = queue.key;
    this.parts = queue.parts;
    this.lock = queue.lock;
  }

  /** Makes the first attempt with a request. */
  void first(ClientEdit<K, V> edit, MutationRequest<K, V> request) {
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

  void startAttempts(ClientEdit<K, V> edit) {
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

  void send(ClientEdit<K, V> edit, MutationRequest<K, V> request) {
    parts.notifier().changed(key);
    if (!keep(edit, request)) {
      return;
    }
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

  /** What is on the wire is in the journal before: so no other payload ever goes under its id. */
  @SuppressWarnings("ReferenceEquality") // a resend is the same object
  private boolean keep(ClientEdit<K, V> edit, MutationRequest<K, V> request) {
    if (edit.kept == request) {
      return true;
    }
    Long version =
        request.expected() instanceof Expected.Version expected ? expected.version() : null;
    try {
      parts
          .journal()
          .put(
              new EditJournal.Entry<>(
                  edit.number,
                  request.clientMutationId(),
                  key,
                  version,
                  request.base(),
                  request.value(),
                  request.supersedes(),
                  true));
    } catch (RuntimeException failed) {
      log.warn("an edit of {} could not be kept, and is not sent", key, failed);
      doubt(edit, request, "it could not be kept, and was not sent: " + failed.getMessage());
      return false;
    }
    edit.kept = request;
    return true;
  }

  // SENDING, UNKNOWN -> CONFIRMED, REJECTED, CONFLICTED, UNKNOWN

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
                confirmed -> () -> queue.confirm(edit, request, confirmed.state()),
                conflict -> () -> queue.conflicts.conflict(edit, request, conflict.current()),
                rejected -> () -> queue.rejectIfAwaited(edit, request, rejected),
                foreign -> () -> foreign(edit, request, foreign),
                retry -> () -> unsettled(edit, request, retry.after(), EditState.SENDING),
                lost -> () -> lost(edit, request, lost.after()),
                unclear -> () -> doubt(edit, request, unclear.detail())));
    transition.run();
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
      queue.rejectIfAwaited(edit, request, new Reply.Rejected<>(answer.code(), answer.detail()));
    } else {
      doubt(edit, request, answer.detail());
    }
  }

  // SENDING -> SENDING, UNKNOWN

  private void lost(ClientEdit<K, V> edit, MutationRequest<K, V> request, Duration after) {
    unsettled(edit, request, after, EditState.UNKNOWN);
  }

  /** Leaves it open what became of the edit, until a call sends it again or gives it up. */
  void doubt(ClientEdit<K, V> edit, MutationRequest<K, V> request, String why) {
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
}
