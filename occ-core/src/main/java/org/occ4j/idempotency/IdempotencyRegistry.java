/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.idempotency;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.occ4j.MutationId;

/**
 * Remembers mutations by the id that the client gave them, so that one sent again is answered again
 * and not done again.
 *
 * <p>For one id in one scope, at most one attempt runs at a time, and after one has succeeded its
 * answer is replayed for at least the retention (guarantee G3). A record is found only under the
 * scope that made it. If an effect throws, its claim is released and the next attempt runs it anew,
 * unless a {@link FailurePolicy} keeps the failure as an answer.
 *
 * <p>What is not promised: an effect outside the store's own transaction (a mail, a payment) that
 * dies half way may have happened; see {@link EffectContext#externalCallStarting} and {@link
 * EffectContext#downstreamKey}. After the retention the id is forgotten, and a mutation sent that
 * late runs again.
 *
 * <p>A call keeps its thread while it waits and while the effect runs. For a future, give it a
 * thread that may block, best a virtual one: {@code CompletableFuture.supplyAsync(() -> ..,
 * executor)}, with what it throws wrapped in a {@link java.util.concurrent.CompletionException}.
 *
 * <p>Instances are thread-safe. <b>Memory consistency effects:</b> what an effect did
 * happens-before the return of its answer to whoever replays it in the same process.
 */
public interface IdempotencyRegistry {

  /** A registry in this process with default settings. */
  static IdempotencyRegistry inMemory() {
    return builder().build();
  }

  /** A registry in this process whose settings the builder takes. */
  static InMemoryRegistryBuilder builder() {
    return new InMemoryRegistryBuilder();
  }

  /**
   * Runs {@code effect}, or replays the answer of the run that succeeded, or says why neither.
   *
   * <p>Checked in this order: another payload under the same id ({@code MISMATCH}), an answer to
   * replay, an attempt under way ({@code IN_FLIGHT}, after waiting as {@code how} says), a lease
   * that ran out.
   *
   * @throws Exception what the effect threw; its claim is released
   * @throws InterruptedException if interrupted while waiting for an attempt under way; nothing ran
   * @throws IllegalStateException if called from within the effect of the same mutation
   * @throws org.occ4j.CodecException if there is an answer to replay, but of a format that the
   *     codec of {@code how} does not {@linkplain org.occ4j.Codec#reads read}; nothing ran
   * @throws org.occ4j.LeaseLostException if the effect ran, but longer than its lease, and another
   *     attempt had taken over; its answer is not stored
   */
  <T> Outcome<T> execute(MutationId id, IdempotencyOptions<T> how, Effect<T> effect)
      throws Exception;

  /** What is known of a mutation, for operators. */
  Optional<MutationRecord> find(MutationId id);

  /**
   * Forgets a mutation, whatever its state, so that it can run again; for operators who know that
   * it must. An attempt under way loses its claim; of it the record stays as {@code RELEASED}, so
   * that the next attempt has another number.
   *
   * @return whether there was something to forget
   */
  boolean forget(MutationId id);

  /**
   * Removes records whose retention is over, at most {@code maxRows} of them. Over JDBC it is done
   * in short transactions that hold up no mutation, and by one node at a time: beside another
   * node's it removes nothing and reports nothing more; what is {@linkplain #unresolved unresolved}
   * stays until it is settled or forgotten.
   *
   * @throws IllegalArgumentException if {@code maxRows} is less than 1
   */
  PurgeReport purge(int maxRows);

  /** What this registry has answered so far. */
  RegistryStats stats();

  /**
   * Mutations that wait for a person, the oldest first: an attempt died after it may have had an
   * effect outside the database, so nobody may run it again ({@link Outcome.Unresolved}). Find out
   * what became of each, and {@link #settle} it or {@link #forget} it. In memory there are none,
   * because there an attempt ends with its process.
   *
   * <p>Over JDBC this reads the whole table. A character U+0000 in a scope comes back as U+FFFD;
   * settle such a mutation by the id that the client sent.
   *
   * @param limit so many at most
   * @throws IllegalArgumentException if {@code limit} is less than 1
   */
  default List<MutationRecord> unresolved(int limit) {
    if (limit < 1) {
      throw new IllegalArgumentException("limit must be at least 1: " + limit);
    }
    return List.of();
  }

  /**
   * Keeps the answer of an unresolved mutation, as its attempt would have: from now on it is
   * replayed. The fingerprint stays that of the attempt.
   *
   * @param how the codec and the retention of the answer
   * @param answer what is replayed; null for an effect without an answer, and for a mutation of a
   *     pipeline, which then tells the present state as applied
   * @return whether it was unresolved; else nothing was changed
   */
  default <T> boolean settle(MutationId id, IdempotencyOptions<T> how, @Nullable T answer) {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(how, "how");
    return false;
  }
}
