/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.change;

/** A change feed with its writing end: stores and caches append to it, everybody may follow it. */
public interface ChangeLog extends ChangeFeed {

  /**
   * Appends one change and delivers it. Direct followers of this node have got it when this
   * returns; their failures are logged, never thrown here. Over JDBC it is a short transaction of
   * its own.
   *
   * @return the place of the change
   * @throws org.occ4j.StoreUnavailableException if surely nothing was appended
   * @throws org.occ4j.OutcomeUnknownException if it may have been appended
   */
  ChangeToken publish(ChangeDraft draft);
}
