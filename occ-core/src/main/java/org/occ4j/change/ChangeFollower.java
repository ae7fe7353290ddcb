/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.change;

/**
 * Somebody who is told about committed changes.
 *
 * <p>Calls for one follower never overlap, except where {@link ChangeFeed#followDirectly} says so.
 * An exception thrown here is logged and does not disturb the feed, the writer, or other followers.
 */
@FunctionalInterface
public interface ChangeFollower {

  /** A change was committed. */
  void changed(Change change);

  /**
   * The feed cannot say what was committed since the last call: the database was restored or
   * exchanged, the follower was away longer than changes are kept, or too many changes were open at
   * once. The follower must treat everything that it derived from earlier changes as void. It goes
   * on with changes from now on.
   *
   * @param reason for logs and people
   */
  default void missed(String reason) {}

  /**
   * Every change committed before {@code asOfNanos} (by the feed's ticker) has been told. Over JDBC
   * it is called after each successful poll, also when that found nothing, so a follower that has
   * not heard it for long has lost contact. A feed in memory cannot lose contact: it calls this
   * when the follower has heard everything, and not on a schedule.
   */
  default void caughtUp(long asOfNanos) {}
}
