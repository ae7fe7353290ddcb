/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Whether a cache can be relied on at this moment.
 *
 * @param state how it stands to its feed
 * @param lag how long ago the feed was last known to be caught up, or null if it is not watched
 * @param flushes how often everything was dropped because the feed could not say what was missed
 * @param lastFlush the reason of the last of them, or null
 */
public record CacheHealth(
    State state, @Nullable Duration lag, long flushes, @Nullable String lastFlush) {

  /** How a cache stands to the feed that it follows. */
  public enum State {
    /** It follows no feed; what is invalidated elsewhere does not reach it. */
    ALONE,
    /** It follows its feed. */
    FOLLOWING,
    /** It has not heard from its feed for longer than the maximum staleness. */
    LOST_CONTACT,
    /** It was closed. */
    CLOSED
  }
}
