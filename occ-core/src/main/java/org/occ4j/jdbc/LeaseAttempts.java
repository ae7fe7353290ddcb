/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.occ4j.OutcomeUnknownException;

/**
 * One acquisition of a lease, attempt by attempt. All its attempts carry one nonce, so one whose
 * answer was lost is found to have succeeded by the next.
 */
final class LeaseAttempts<T> {
  private static final int UNKNOWN_OUTCOMES_ALLOWED = 3;

  private final LeaseTable table;
  private final LeaseKeeper keeper;
  private final String holder;
  private final T key;
  private final List<LeaseKey> rows;
  private final Duration length;
  private final Runnable letNextIn;
  private final String nonce = UUID.randomUUID().toString();
  private Duration presentLease = Duration.ZERO;
  private int unknownOutcomes;

  /**
   * An acquisition that has not begun.
   *
   * @param holder who asks, for operators
   * @param rows in ascending order
   * @param letNextIn gives the turn inside this process to the next when the lease ends
   */
  LeaseAttempts(
      LeaseTable table,
      LeaseKeeper keeper,
      String holder,
      T key,
      List<LeaseKey> rows,
      Duration length,
      Runnable letNextIn) {
    this.table = table;
    this.keeper = keeper;
    this.holder = holder;
    this.key = key;
    this.rows = rows;
    this.length = length;
    this.letNextIn = letNextIn;
  }

  /** Asks once; null if somebody else holds a key, or it is not known whether we do. */
  @Nullable Lease<T> attempt() {
    long sentAt = keeper.now();
    try {
      LeaseTable.Attempt answer = table.acquire(rows, nonce, holder, length);
      presentLease = answer.remaining();
      Long token = answer.token();
      return token == null ? null : granted(token, sentAt);
    } catch (OutcomeUnknownException lostAnswer) {
      presentLease = Duration.ZERO;
      if (++unknownOutcomes >= UNKNOWN_OUTCOMES_ALLOWED) {
        throw lostAnswer; // if it was granted, the lease ends by itself
      }
      return null;
    }
  }

  private @Nullable Lease<T> granted(long token, long sentAt) {
    Lease<T> lease = new Lease<>(key, rows, nonce, token, length, sentAt, keeper, letNextIn);
    if (lease.deadline() - keeper.now() <= 0) {
      return null; // the answer came later than the lease lasts; the next attempt takes it anew
    }
    keeper.keep(lease);
    return lease;
  }

  /** For how long the lease of the present holder lasts at most, by the last answer. */
  Duration presentLease() {
    return presentLease;
  }

  /** Makes sure that nothing stays held by an attempt whose answer was never understood. */
  void giveUp() {
    if (unknownOutcomes > 0) {
      keeper.work(() -> keeper.releaseRows(key, rows, nonce));
    }
  }
}
