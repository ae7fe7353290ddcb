/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

/**
 * Something that works inside a transaction which the caller owns.
 *
 * <p>It never commits, rolls back, retries, or changes a setting of the connection; it makes one
 * attempt. It is bound to one connection and as little thread-safe as that.
 */
public interface Joined {

  /**
   * Tells direct followers of this node what was changed through this object. Call it after the
   * commit, for example from an after-commit hook of a transaction manager; do not call it after a
   * rollback. Where it is left out nothing is lost: followers here then hear of the changes by the
   * next poll, as other nodes do. It never throws.
   */
  void committed();
}
