/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.change;

import java.util.List;
import org.occ4j.change.ChangeFollower;
import org.occ4j.change.ChangeToken;
import org.occ4j.change.Subscription;
import org.occ4j.jdbc.internal.change.ChangeDialect.AppendedChange;

/** What a store needs of the change log. Thread-safe. */
public interface CommittedChanges {

  /**
   * Tells followers of this node what was committed here, and has other nodes told soon.
   *
   * @param appended rows that were appended as parts of other statements; there may be none
   */
  void committedRows(List<AppendedChange> appended);

  /** The place of a row that was appended here. */
  ChangeToken tokenOf(long number);

  /** Whether writes of this store are recorded where their view says nothing of it. */
  boolean recordsEveryWriteOf(String store);

  /** Has the follower told of every change from now on, in order, until the subscription ends. */
  Subscription follow(ChangeFollower follower);
}
