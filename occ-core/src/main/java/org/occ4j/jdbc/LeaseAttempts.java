/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.util.List;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.occ4j.OutcomeUnknownException;

/**
 * One acquisition of a lease, attempt by attempt. L7: all its attempts carry one nonce, so one
 * whose answer was lost is found to have succeeded by the next.
 */
final class LeaseAttempts<T> {
  private static final int UNKNOWN_OUTCOMES_ALLOWED = 3;

  /**
   * The turn inside this process that the acquisition has.
   *
   * @param othersWait whether somebody else in this process waits for it
   * @param letNextIn gives it to the next; called once, when the lease ends
   */
  record Turn(BooleanSupplier othersWait, Runnable letNextIn) {}

  private final LeaseTable table;
  private final LeaseKeeper keeper;
  private final T key;
  private final String holder;
  private final LeaseTerms terms;
  private final List<LeaseKey> rows;
  private final Turn turn;
  private final String nonce = UUID.randomUUID().toString();
  private LeaseHandOn.@Nullable Legacy legacy;
  private boolean begun;
  private int unknownOutcomes;
  private boolean failing;
  private long failingSince;

  /**
   * An acquisition that has not begun.
   *
   * @param holder who asks, for operators
   * @param rows in ascending order
   */
  LeaseAttempts(
      LeaseTable table,
      LeaseKeeper keeper,
      T key,
      String holder,
      LeaseTerms terms,
      List<LeaseKey> rows,
      Turn turn) {
    this.table = table;
    this.keeper = keeper;
    this.key = key;
    this.holder = holder;
    this.terms = terms;
    this.rows = rows;
    this.turn = turn;
  }

  List<LeaseKey> rows() {
    return rows;
  }

  /** The first attempt of an acquisition that can wait: it lets other nodes try if that is due. */
  @Nullable Lease<T> firstAttempt() {
    begin();
    return legacy != null && legacy.nonce() == null ? null : attempt();
  }

  /**
   * A later attempt of an acquisition that waits. An outage is borne for as long as a lease lasts,
   * so that a restart of the database does not end every wait.
   *
   * @return null if somebody else holds a key, or the database is away
   */
  @Nullable Lease<T> attemptAgain(@Nullable RuntimeException pollFailure) {
    try {
      if (pollFailure != null) {
        throw pollFailure;
      }
      Lease<T> lease = attempt();
      failing = false;
      return lease;
    } catch (org.occ4j.StoreUnavailableException | OutcomeUnknownException outage) {
      if (!failing) {
        failing = true;
        failingSince = keeper.now();
      } else if (keeper.now() - failingSince > LeaseKeeper.nanos(terms.length())) {
        throw outage;
      }
      return null;
    }
  }

  /**
   * Asks once, and again if the answer was lost.
   *
   * @return null if somebody else holds a key
   */
  @Nullable Lease<T> attempt() {
    begin();
    while (true) {
      long sentAt = keeper.now();
      try {
        LeaseAnswer answer = table.acquire(bid(), LeaseKeeper.networkTimeoutMillis(terms.length()));
        Long token = answer.token();
        return token == null ? null : granted(token, sentAt);
      } catch (OutcomeUnknownException lostAnswer) {
        if (++unknownOutcomes % UNKNOWN_OUTCOMES_ALLOWED == 0) {
          throw lostAnswer; // if it was granted, giveUp releases it
        }
      }
    }
  }

  private void begin() {
    if (begun) {
      return;
    }
    begun = true;
    if (rows.size() == 1) {
      legacy = keeper.handOn().take(rows.get(0));
    } else {
      rows.forEach(keeper::releaseLegacy);
    }
  }

  private LeaseBid bid() {
    return new LeaseBid(rows, nonce, predecessor(), holder, terms.length());
  }

  private String predecessor() {
    return legacy == null || legacy.nonce() == null ? nonce : legacy.nonce();
  }

  /** Whether a row with this owner may be taken by this acquisition. */
  boolean isOurs(@Nullable String owner) {
    return nonce.equals(owner) || predecessor().equals(owner);
  }

  private @Nullable Lease<T> granted(long token, long sentAt) {
    long runBegan = legacy == null || legacy.nonce() == null ? sentAt : legacy.runBegan();
    Lease<T> lease =
        new Lease<>(key, holder, rows, nonce, token, terms, sentAt, runBegan, keeper, turn);
    if (lease.deadline() - keeper.now() <= 0) {
      unknownOutcomes++; // the answer came too late to be of use; the next attempt takes it anew
      return null;
    }
    keeper.keep(lease);
    return lease;
  }

  /** Makes sure that nothing stays held by an attempt whose answer was never understood. */
  void giveUp() {
    if (unknownOutcomes > 0) {
      keeper.releaseInBackground(key, rows, nonce, terms.length());
    }
    LeaseHandOn.Legacy unused = legacy;
    if (unused != null && unused.nonce() != null) {
      keeper.releaseInBackground(key, rows, unused.nonce(), terms.length());
    }
  }
}
