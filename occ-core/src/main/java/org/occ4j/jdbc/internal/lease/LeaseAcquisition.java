/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.lease;

import java.util.List;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.occ4j.OutcomeUnknownException;
import org.occ4j.StoreUnavailableException;
import org.occ4j.jdbc.internal.lease.LeaseDialect.AcquireRequest;
import org.occ4j.jdbc.internal.lease.LeaseDialect.AcquireResult;

/**
 * One acquisition of a lease, attempt by attempt. LEASE-7: all its attempts carry one nonce, so one
 * whose answer was lost is found to have succeeded by the next.
 */
public final class LeaseAcquisition<T> {
  private static final int UNKNOWN_OUTCOMES_ALLOWED = 3;

  /** A grant whose answer came too late is asked for once more. */
  private static final int LATE_GRANTS_ALLOWED = 1;

  /**
   * How often it is asked again who has a row of which this process may have the lock itself: for a
   * fifth of a second, which a statement under way has to end.
   */
  private static final int UNCLEAR_ANSWERS_ALLOWED = 40;

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

  /**
   * What is to be acquired.
   *
   * @param holder who asks, for operators
   * @param rows in ascending order
   */
  record Wanted<T>(T key, String holder, List<LeaseKey> rows, LeaseOptions terms) {}

  private final LeaseTable table;
  private final LeaseRenewer renewer;
  private final Wanted<T> wanted;
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

  /** An acquisition that has not begun. */
  LeaseAcquisition(LeaseTable table, LeaseRenewer renewer, Wanted<T> wanted, Turn turn) {
    this.table = table;
    this.renewer = renewer;
    this.wanted = wanted;
    this.key = wanted.key();
    this.holder = wanted.holder();
    this.terms = wanted.terms();
    this.rows = wanted.rows();
    this.turn = turn;
    this.heldUntil = renewer.now();
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
        failingSince = renewer.now();
      } else if (renewer.now() - failingSince > LeaseRenewer.nanos(terms.granted())) {
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
    return heldUntil - renewer.now() > 0 ? null : attempt();
  }

  /** Somebody else was seen to hold a key, for so long if nobody renews or releases it. */
  void seenHeld(long remainingNanos) {
    heldUntil = renewer.now() + Math.max(BRIEFLY_NANOS, remainingNanos);
  }

  /** Nobody else was seen to hold a key, or nobody can tell. */
  void seenFree() {
    heldUntil = renewer.now();
  }

  /** Whether the database has answered nothing for long; asked by other threads. */
  boolean isOutOfTouch() {
    return failing || (asking && renewer.now() - askingSince > PATIENCE_NANOS);
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
      boolean ownUnderWay = isOurOwnUnderWay(); // before: it may end while the answer is coming
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
      } else if ((ownUnderWay || isOurOwnUnderWay()) && ++unclear <= UNCLEAR_ANSWERS_ALLOWED) {
        LockSupport.parkNanos(this, UNCLEAR_PAUSE_NANOS);
      } else if (mayHold && answer.remaining().isZero()) {
        throw new StoreUnavailableException(
            "an attempt that was not answered is still under way in the database", null);
      } else {
        seenHeld(LeaseRenewer.nanos(answer.remaining()));
        return null;
      }
    }
  }

  /**
   * Whether a statement that had the row may have been this process's own: an attempt that was not
   * answered, or the release of what an earlier hold left behind.
   */
  private boolean isOurOwnUnderWay() {
    return mayHold || (rows.size() == 1 && renewer.remains().nonceIn(rows.get(0)) != null);
  }

  private AcquireResult ask() {
    askingSince = renewer.now();
    asking = true;
    try {
      while (true) {
        try {
          return table.acquire(
              request(),
              LeaseRenewer.networkTimeoutMillis(terms.granted()),
              () -> sentAt = renewer.now());
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
      handoff = renewer.handoffs().take(rows.get(0));
    } else {
      rows.forEach(renewer::releaseLegacy);
      rows.forEach(renewer::releaseRemains);
    }
  }

  private AcquireRequest request() {
    return new AcquireRequest(rows, nonce, predecessor(), holder, terms.granted());
  }

  private String predecessor() {
    if (handoff != null && handoff.nonce() != null) {
      return handoff.nonce();
    }
    String remain = rows.size() == 1 ? renewer.remains().nonceIn(rows.get(0)) : null;
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
        new Lease<>(wanted, new Lease.Grant(nonce, token, sentAt, runBegan), renewer, turn);
    if (lease.deadline() - renewer.now() <= 0) {
      mayHold = true; // the next attempt takes it anew
      return null;
    }
    renewer.keep(lease);
    return lease;
  }

  /** Makes sure that nothing stays held by an attempt whose answer was never understood. */
  void giveUp() {
    if (mayHold) {
      renewer.releaseInBackground(key, rows, nonce, terms.granted());
    }
    LocalHandoff.Handoff unused = handoff;
    if (unused != null && unused.nonce() != null) {
      renewer.releaseInBackground(key, rows, unused.nonce(), terms.granted());
    }
  }
}
