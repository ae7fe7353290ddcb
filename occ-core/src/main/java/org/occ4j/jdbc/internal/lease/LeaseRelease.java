/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.lease;

import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.occ4j.StoreUnavailableException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The release of the rows of one nonce: tried at once, then again in the background until it is
 * done or the lease has ended by itself. A row is passed over while a transaction guards it, which
 * may be the caller's own.
 */
final class LeaseRelease {
  private static final Logger LOG = LoggerFactory.getLogger(LeaseOptions.LOGGER);
  private static final long FIRST_PAUSE_NANOS = 5_000_000;
  private static final long LONGEST_PAUSE_NANOS = 500_000_000;

  private final LeaseTable table;
  private final LeaseRenewer renewer;

  /**
   * What is to be released.
   *
   * @param key for the log
   * @param nonce in the rows
   * @param guarded whether a transaction of the user may have the rows' locks
   */
  record Held(Object key, List<LeaseKey> rows, String nonce, boolean guarded) {}

  private final Object key;
  private final List<LeaseKey> rows;
  private final String nonce;
  private final boolean guarded;
  private final long until;
  private final Duration length;
  private long pause = FIRST_PAUSE_NANOS;

  /** Not ours any more, so that no renewal prolongs it; null where the rows are free at once. */
  private @Nullable String coolDown;

  private long notBefore;

  /**
   * A release.
   *
   * @param until the ticker's reading at which the lease has ended by itself
   * @param length of the lease
   */
  LeaseRelease(LeaseTable table, LeaseRenewer renewer, Held held, long until, Duration length) {
    this.table = table;
    this.renewer = renewer;
    this.key = held.key();
    this.rows = held.rows();
    this.nonce = held.nonce();
    this.guarded = held.guarded();
    this.until = until;
    this.length = length;
  }

  /** Has the rows stay taken until so much time has passed from now. */
  LeaseRelease after(Duration delay) {
    notBefore = renewer.now() + LeaseRenewer.nanos(delay);
    coolDown = UUID.randomUUID().toString();
    return this;
  }

  /** Throws nothing. */
  void run() {
    runOnce();
  }

  /** As {@link #run}; false if the database did not answer. */
  boolean runOnce() {
    try {
      if (release()) {
        renewer.remains().remove(rows, nonce);
      } else {
        again(new StoreUnavailableException("a transaction has the lock of the row", null));
      }
      return true;
    } catch (RuntimeException unavailable) {
      again(unavailable);
      return false;
    }
  }

  private boolean release() {
    int networkTimeoutMillis = LeaseRenewer.networkTimeoutMillis(length);
    String left = coolDown;
    long delay = notBefore - renewer.now();
    if (left == null || delay <= 0) {
      return table.release(rows, nonce, guarded, networkTimeoutMillis);
    }
    return table.leaveUntil(rows, nonce, left, Duration.ofNanos(delay), networkTimeoutMillis);
  }

  private void again(RuntimeException reason) {
    if (renewer.isClosed() || until - renewer.now() <= 0) {
      LOG.warn("{} could not be released; its lease ends by itself", key, reason);
      return;
    }
    LOG.debug("{} could not be released yet; will try again", key, reason);
    if (coolDown == null) {
      renewer.leaveRemains(rows, nonce, length);
    }
    renewer.workAfter(pause, this::run);
    pause = Math.min(LONGEST_PAUSE_NANOS, pause * 2);
  }
}
