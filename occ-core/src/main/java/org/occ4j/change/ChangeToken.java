/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.change;

import java.util.Objects;
import java.util.UUID;

/**
 * A place in a change feed: everything up to it has been committed.
 *
 * <p>A token is opaque: hand it to another node to ask whether that node has caught up ({@link
 * ChangeFeed#awaitApplied}). Tokens of different incarnations of a feed (another database, or one
 * restored from a backup) cannot be compared.
 *
 * @param incarnation which life of which feed
 * @param position the place in it, zero or more
 */
public record ChangeToken(UUID incarnation, long position) {

  /** Refuses a null incarnation and a negative position. */
  public ChangeToken {
    Objects.requireNonNull(incarnation, "incarnation");
    if (position < 0) {
      throw new IllegalArgumentException("position must not be negative: " + position);
    }
  }
}
