/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.change;

import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.occ4j.Tag;

/** A change feed with its writing end: stores and caches append to it, everybody may follow it. */
public interface ChangeLog extends ChangeFeed {

  /**
   * Appends one change and tells it; the arguments are those of {@link Change}. Direct followers of
   * this node have been told when this returns; their failures are logged, never thrown here. Over
   * JDBC it is a short transaction of its own.
   *
   * @return the place of the change
   * @throws org.occ4j.StoreUnavailableException if surely nothing was appended
   * @throws org.occ4j.OutcomeUnknownException if it may have been appended
   */
  ChangeToken publish(
      String source,
      Change.Kind kind,
      @Nullable String key,
      long version,
      @Nullable String updatedBy,
      Set<Tag> tags);
}
