/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.lease;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** One acquisition between two attempts, as the {@link LeasePoller} sees it. */
final class LeaseWaiter {
  /** News for the acquisition: that it may try again, or why nobody can know. */
  record News(@Nullable RuntimeException failure) {}

  private static final News TRY_AGAIN = new News(null);

  private final List<LeaseKey> rows;
  private final LeaseAttempts<?> attempts;
  private final LeaseWait wait;
  private final Runnable wake;

  /** Who was there at the last look, by hash: a mistake costs no more than a later look. */
  private int ownersSeen;

  private final AtomicReference<@Nullable News> news = new AtomicReference<>();

  /**
   * A waiter.
   *
   * @param wake called when there is news; short, and under no lock
   */
  LeaseWaiter(LeaseAttempts<?> attempts, LeaseWait wait, Runnable wake) {
    this.rows = attempts.rows();
    this.attempts = attempts;
    this.wait = wait;
    this.wake = wake;
  }

  List<LeaseKey> rows() {
    return rows;
  }

  /** What the database says of all rows that somebody waits for; one look at a time. */
  void polled(Map<LeaseKey, LeaseSql.Tenant> tenants) {
    long longest = 0;
    int owners = 0;
    for (LeaseKey row : rows) {
      LeaseSql.Tenant tenant = tenants.get(row);
      owners = owners * 31 + (tenant == null ? 0 : Objects.hashCode(tenant.owner()));
      // Our own nonce is in the row if the answer to an attempt was lost: then we have it.
      if (tenant != null && tenant.isHeld() && !attempts.isOurs(tenant.owner())) {
        longest = Math.max(longest, tenant.remainingMicros());
      }
    }
    if (owners != ownersSeen) {
      ownersSeen = owners;
      wait.changedHands();
    }
    if (longest == 0) {
      attempts.seenFree();
      tell(TRY_AGAIN);
    } else {
      attempts.seenHeld(LeaseKeeper.nanos(LeaseSql.duration(longest)));
      wait.presentLease(LeaseSql.duration(longest));
    }
  }

  void failed(RuntimeException failure) {
    attempts.seenFree();
    tell(new News(failure));
  }

  void tryAgain() {
    tell(TRY_AGAIN);
  }

  private void tell(News latest) {
    news.set(latest);
    wake.run();
  }

  @Nullable News takeNews() {
    return news.get() == null ? null : news.getAndSet(null);
  }

  long nextPause() {
    return wait.nextPause();
  }
}
