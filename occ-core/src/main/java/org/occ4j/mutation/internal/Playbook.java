/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutation.internal;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.occ4j.Expected;
import org.occ4j.StoreUnavailableException;
import org.occ4j.Ticker;
import org.occ4j.Versioned;
import org.occ4j.idempotency.MutationRecord;
import org.occ4j.idempotency.Outcome;
import org.occ4j.internal.Deadline;
import org.occ4j.merge.Merger;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationResult;
import org.occ4j.mutation.Rejection;
import org.occ4j.mutex.Hold;
import org.occ4j.mutex.KeyedMutex;
import org.occ4j.store.VersionedStore;
import org.occ4j.store.WriteResult;

/**
 * The order of the playbook, written once for every kind of store: replay, turn, claim, check,
 * edit, store, answer.
 *
 * <ul>
 *   <li><b>P1</b> the edit runs only with the turn held and the id claimed;
 *   <li><b>P2</b> the version that the write expects is that of the state which was checked and
 *       edited. So no write is lost even if somebody writes past the pipeline, and the turn is only
 *       there to save work;
 *   <li><b>P3</b> only what is final is stored under the id: an applied mutation or a rejection.
 *       Everything else leaves by an exception through the registry, which releases the claim.
 * </ul>
 *
 * @param <K> the keys
 * @param <V> the values
 */
public final class Playbook<K, V> {

  // Only a writer that goes past the pipeline, again and again, can make a mutation lose so often.
  private static final int MAX_LOST_RACES = 16;

  /** How a mutation is claimed, and what it is carried out on. */
  public interface Claims<K, V> {

    /** What is known of the mutation; null if nothing is. */
    MutationRecord.@Nullable State known(Mutation<K, V> mutation);

    /**
     * Carries out the attempt under a claim of the mutation's id, or answers as it was answered.
     */
    Outcome<MutationResult<V>> once(Mutation<K, V> mutation, Attempt<K, V> attempt)
        throws Exception;
  }

  /** What is done under the claim. */
  public interface Attempt<K, V> {

    /**
     * Does it.
     *
     * @param store where to read and write, in the transaction of the claim where there is one
     * @param edit what to make of the value there
     */
    MutationResult<V> run(VersionedStore<K, V> store, Change<V> edit) throws Exception;
  }

  /** An edit that may also fail as statements do. */
  public interface Change<V> {

    /** The new value, or null to delete. */
    @Nullable V apply(@Nullable V current) throws Exception;
  }

  private final VersionedStore<K, V> store;
  private final KeyedMutex<String> mutex;
  private final @Nullable Merger<V> merger;
  private final Duration turnTimeout;
  private final LateTurns lateTurns = new LateTurns(Ticker.system());

  /** A playbook over a store. */
  public Playbook(
      VersionedStore<K, V> store,
      KeyedMutex<String> mutex,
      @Nullable Merger<V> merger,
      Duration turnTimeout) {
    this.store = store;
    this.mutex = mutex;
    this.merger = merger;
    this.turnTimeout = turnTimeout;
  }

  /** Carries out a mutation, taking its turn. */
  public MutationResult<V> apply(Mutation<K, V> mutation, Claims<K, V> claims, Deadline deadline)
      throws InterruptedException {
    MutationResult<V> known = answerIfKnown(mutation, claims);
    if (known != null) {
      return known;
    }
    try (Hold<String> turn = takeTurn(mutation.lockKeyIn(store), deadline)) {
      return carryOutOnce(mutation, claims);
    } catch (Lost lost) {
      return mutation.conflictWith(lost.current(), merger); // After the turn: it is user code.
    }
  }

  private MutationResult<V> carryOutOnce(Mutation<K, V> mutation, Claims<K, V> claims)
      throws InterruptedException {
    return once(mutation, claims, (open, edit) -> carryOut(mutation, open, edit));
  }

  /** Answers a mutation that the registry knows without taking a turn; null if it must be done. */
  private @Nullable MutationResult<V> answerIfKnown(Mutation<K, V> mutation, Claims<K, V> claims)
      throws InterruptedException {
    MutationRecord.State state = claims.known(mutation);
    if (state == null || state == MutationRecord.State.RELEASED) {
      return null;
    }
    try {
      return once(
          mutation,
          claims,
          (open, edit) -> {
            throw new NeedsTurn(); // It was forgotten, or its attempt failed, meanwhile.
          });
    } catch (NeedsTurn signal) {
      return null;
    }
  }

  private Hold<String> takeTurn(String lockKey, Deadline deadline) throws InterruptedException {
    Duration left = Duration.ofNanos(Math.max(0, deadline.leftNanos()));
    try {
      return mutex.acquire(lockKey, left.compareTo(turnTimeout) < 0 ? left : turnTimeout);
    } catch (TimeoutException late) {
      throw lateTurns.failure(lockKey, late);
    }
  }

  private MutationResult<V> once(
      Mutation<K, V> mutation, Claims<K, V> claims, Attempt<K, V> attempt)
      throws InterruptedException {
    return Answers.answer(mutation, Answers.of(() -> claims.once(mutation, attempt)), store);
  }

  private MutationResult<V> carryOut(
      Mutation<K, V> mutation, VersionedStore<K, V> open, Change<V> edit) throws Exception {
    VersionedStore<K, V> writer = marked(open, mutation);
    Versioned<V> current = open.get(mutation.key()).orElse(null);
    for (int races = 0; races < MAX_LOST_RACES; races++) {
      if (!mutation.expected().holdsFor(current)) {
        throw new Lost(current);
      }
      V next;
      try {
        next = edit.apply(current == null ? null : current.value());
      } catch (Rejection no) {
        return new MutationResult.Rejected<>(no.code(), no.detail(), false);
      }
      WriteResult<V> written = write(writer, mutation.key(), next, current);
      if (written.isApplied()) {
        return new MutationResult.Applied<>(written.current(), false, List.of(), written.token());
      }
      current = written.current();
    }
    throw new StoreUnavailableException(
        "lost against other writers " + MAX_LOST_RACES + " times, nothing was changed", null);
  }

  /** The store whose writes carry the mutation's writer and tags. */
  public static <K, V> VersionedStore<K, V> marked(
      VersionedStore<K, V> store, Mutation<K, V> mutation) {
    VersionedStore<K, V> named =
        mutation.updatedBy() == null ? store : store.by(mutation.updatedBy());
    return mutation.tags().isEmpty() ? named : named.tagging(mutation.tags());
  }

  private WriteResult<V> write(
      VersionedStore<K, V> writer, K key, @Nullable V next, @Nullable Versioned<V> checked) {
    Expected same = checked == null ? Expected.absent() : Expected.version(checked.version()); // P2
    return next == null ? writer.delete(key, same) : writer.put(key, next, same);
  }

  /** The expectation did not hold (P3). */
  private static final class Lost extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient @Nullable Versioned<?> current;

    Lost(@Nullable Versioned<?> current) {
      super("conflict", null, false, false);
      this.current = current;
    }

    // Thrown and caught within one call of apply, over one store of V.
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    <V> @Nullable Versioned<V> current() {
      return (Versioned<V>) current;
    }
  }

  /** The mutation must be done after all, and for that the turn is needed (P1). */
  private static final class NeedsTurn extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NeedsTurn() {
      super("the turn is needed", null, false, false);
    }
  }
}
