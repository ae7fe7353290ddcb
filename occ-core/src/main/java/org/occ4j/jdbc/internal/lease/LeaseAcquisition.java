/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.lease;

import java.util.List;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.occ4j.OutcomeUnknownException;
import org.occ4j.StoreUnavailableException;

/**
 * One acquisition of a lease, attempt by attempt. LEASE-7: all its attempts carry one nonce, so one
 * whose answer was lost is found to have succeeded by the next.
 */
public final class LeaseAcquisition<T> {
  private static final int UNKNOWN_OUTCOMES_ALLOWED = 3;

  /** A grant whose answer came too late is asked for once more. */
  private static final int LATE_GRANTS_ALLOWED = 1;

  /** How often it is asked again who has a row of which we may have the lock ourselves. */
  private static final int UNCLEAR_ANSWERS_ALLOWED = 5;

  private static final long UNCLEAR_PAUSE_NANOS = 5_000_000;

  /** For how long an answer stays true that does not say how long: until the next look, about. */
  private static final long BRIEFLY_NANOS = 250_000_000;

  /** A database that has not answered for so long is out of touch. */
  private static final long PATIENCE_NANOS = 1_000_000_000;

  /**
   * The turn inside this process that the acquisition has.
   *
   * @param othersWait whether somebody else in this process waits for it
   * @param letNextIn gives it to the next; called once, when the lease ends
   */
  record Turn(BooleanSupplier othersWait, Runnable letNextIn) {}

  private final LeaseTable table;
  private final LeaseRenewer keeper;
  private final T key;
  private final String holder;
  private final LeaseOptions terms;
  private final List<LeaseKey> rows;
  private final Turn turn;
  private final String nonce = UUID.randomUUID().toString();
  private LocalHandoff.@Nullable Handoff handoff;
  private boolean begun;
  private int unknownOutcomes;

  /** An attempt whose answer was lost or came too late may have the rows, or be about to. */
  private boolean mayHold;

  private long sentAt;
  private volatile boolean failing;
  private long failingSince;

  /** Ticker time until which somebody else is known to hold a key; read by other threads. */
  private volatile long heldUntil;

  private volatile boolean asking;
  private volatile long askingSince;

  /**
   * An acquisition that has not begun.
   *
   * @param holder who asks, for operators
   * @param rows in ascending order
   */
  LeaseAcquisition(
      LeaseTable table,
      LeaseRenewer keeper,
      T key,
      String holder,
      LeaseOptions terms,
      List<LeaseKey> rows,
      Turn turn) {
    this.table = table;
    this.keeper = keeper;
    this.key = key;
    this.holder = holder;
    this.terms = terms;
    this.rows = rows;
    this.turn = turn;
    this.heldUntil = keeper.now();
  }

  List<LeaseKey> rows() {
    return rows;
  }

  /** The first attempt of an acquisition that can wait: it lets other nodes try if that is due. */
  @Nullable Lease<T> firstAttempt() {
    begin();
    return handoff != null && handoff.nonce() == null ? null : attempt();
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
    } catch (StoreUnavailableException | OutcomeUnknownException outage) {
      if (!failing) {
        failing = true;
        failingSince = keeper.now();
      } else if (keeper.now() - failingSince > LeaseRenewer.nanos(terms.granted())) {
        throw outage;
      }
      seenFree();
      return null;
    }
  }

  /**
   * The attempt of an acquisition whose time is up: the last word is the database's, unless it has
   * said lately that somebody else holds a key. An outage is not borne any more.
   *
   * @return null if somebody else holds a key
   */
  @Nullable Lease<T> lastAttempt() {
    return heldUntil - keeper.now() > 0 ? null : attempt();
  }

  /** Somebody else was seen to hold a key, for so long if nobody renews or releases it. */
  void seenHeld(long remainingNanos) {
    heldUntil = keeper.now() + Math.max(BRIEFLY_NANOS, remainingNanos);
  }

  /** Nobody else was seen to hold a key, or nobody can tell. */
  void seenFree() {
    heldUntil = keeper.now();
  }

  /** Whether the database has answered nothing for long; asked by other threads. */
  boolean isOutOfTouch() {
    return failing || (asking && keeper.now() - askingSince > PATIENCE_NANOS);
  }

  /**
   * Asks once, and again if the answer was lost, or came so late that its grant was of no use.
   *
   * @return null if somebody else holds a key
   * @throws StoreUnavailableException if the database's answers take longer than the lease
   */
  @Nullable Lease<T> attempt() {
    begin();
    int late = 0;
    int unclear = 0;
    while (true) {
      AcquireResult answer = ask();
      Long token = answer.token();
      if (token != null) {
        Lease<T> lease = granted(token);
        if (lease != null) {
          return lease;
        }
        if (++late > LATE_GRANTS_ALLOWED) {
          throw new StoreUnavailableException(
              "granted, but the answers of the database take longer than the lease of "
                  + terms.granted(),
              null);
        }
      } else if (!answer.remaining().isZero() || !mayHold) {
        seenHeld(LeaseRenewer.nanos(answer.remaining()));
        return null;
      } else if (++unclear > UNCLEAR_ANSWERS_ALLOWED) {
        throw new StoreUnavailableException(
            "an attempt that was not answered is still under way in the database", null);
      } else {
        LockSupport.parkNanos(this, UNCLEAR_PAUSE_NANOS);
      }
    }
  }

  private AcquireResult ask() {
    askingSince = keeper.now();
    asking = true;
    try {
      while (true) {
        try {
          return table.acquire(
              bid(),
              LeaseRenewer.networkTimeoutMillis(terms.granted()),
              () -> sentAt = keeper.now());
        } catch (OutcomeUnknownException lostAnswer) {
          mayHold = true;
          if (++unknownOutcomes % UNKNOWN_OUTCOMES_ALLOWED == 0) {
            throw lostAnswer; // if it was granted, giveUp releases it
          }
        }
      }
    } finally {
      asking = false;
    }
  }

  private void begin() {
    if (begun) {
      return;
    }
    begun = true;
    if (rows.size() == 1) {
      handoff = keeper.handoffs().take(rows.get(0));
    } else {
      rows.forEach(keeper::releaseLegacy);
      rows.forEach(keeper::releaseRemains);
    }
  }

  private AcquireRequest bid() {
    return new AcquireRequest(rows, nonce, predecessor(), holder, terms.granted());
  }

  private String predecessor() {
    if (handoff != null && handoff.nonce() != null) {
      return handoff.nonce();
    }
    String remain = rows.size() == 1 ? keeper.remains().nonceIn(rows.get(0)) : null;
    return remain == null ? nonce : remain;
  }

  /** Whether a row with this owner may be taken by this acquisition. */
  boolean isOurs(@Nullable String owner) {
    return nonce.equals(owner) || predecessor().equals(owner);
  }

  /** The lease, or null if its time is over already. */
  private @Nullable Lease<T> granted(long token) {
    long runBegan = handoff == null || handoff.nonce() == null ? sentAt : handoff.runBegan();
    Lease<T> lease =
        new Lease<>(key, holder, rows, nonce, token, terms, sentAt, runBegan, keeper, turn);
    if (lease.deadline() - keeper.now() <= 0) {
      mayHold = true; // the next attempt takes it anew
      return null;
    }
    keeper.keep(lease);
    return lease;
  }

  /** Makes sure that nothing stays held by an attempt whose answer was never understood. */
  void giveUp() {
    if (mayHold) {
      keeper.releaseInBackground(key, rows, nonce, terms.granted());
    }
    LocalHandoff.Handoff unused = handoff;
    if (unused != null && unused.nonce() != null) {
      keeper.releaseInBackground(key, rows, unused.nonce(), terms.granted());
    }
  }
}
