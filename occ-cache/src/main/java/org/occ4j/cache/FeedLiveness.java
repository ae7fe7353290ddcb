/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

/**
 * What is known about the feed: until when everything committed has been heard of. One compare says
 * whether that is recent enough; the reading of the ticker is the one that a hit needs anyway.
 */
final class FeedLiveness {
  /** A cache that need not hear from anybody. */
  static final FeedLiveness UNWATCHED = new FeedLiveness(false, 0, StalenessPolicy.SERVE_STALE, 0);

  private final boolean watched;
  private final long maximumStaleness;
  private final StalenessPolicy policy;
  private volatile long caughtUpAt;

  private FeedLiveness(boolean watched, long maximumStaleness, StalenessPolicy policy, long now) {
    this.watched = watched;
    this.maximumStaleness = maximumStaleness;
    this.policy = policy;
    this.caughtUpAt = now;
  }

  /** A cache that is empty now and must hear from its feed from now on. */
  static FeedLiveness watched(long maximumStaleness, StalenessPolicy policy, long now) {
    return new FeedLiveness(true, maximumStaleness, policy, now);
  }

  boolean holds(long now) {
    return !watched || now - caughtUpAt < maximumStaleness;
  }

  boolean isWatched() {
    return watched;
  }

  StalenessPolicy policy() {
    return policy;
  }

  long lag(long now) {
    return now - caughtUpAt;
  }

  void caughtUp(long asOf) {
    // Calls of one feed do not overlap, but time must not go back if one ever did.
    if (asOf - caughtUpAt > 0) {
      caughtUpAt = asOf;
    }
  }
}
