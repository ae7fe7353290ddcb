/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.change.internal;

import org.occ4j.change.Change;
import org.occ4j.change.ChangeFollower;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A follower behind a wall: what it throws is logged here and goes no further. */
public final class DirectFollower {
  private static final Logger LOG = LoggerFactory.getLogger(DirectFollower.class);

  private final ChangeFollower follower;
  private volatile boolean closed;

  /** A wall around {@code follower}. */
  public DirectFollower(ChangeFollower follower) {
    this.follower = follower;
  }

  /** Tells a change. */
  public void changed(Change change) {
    call("a change", () -> follower.changed(change));
  }

  /** Tells that changes may have been missed. */
  public void missed(String reason) {
    call("missed changes", () -> follower.missed(reason));
  }

  /** Tells up to when everything was told. */
  public void caughtUp(long asOfNanos) {
    call("having caught up", () -> follower.caughtUp(asOfNanos));
  }

  /** No call begins after this. */
  public void close() {
    closed = true;
  }

  private void call(String what, Runnable call) {
    if (closed) {
      return;
    }
    try {
      call.run();
    } catch (Throwable failure) {
      // Also errors: the change is committed, so neither its writer nor another follower may be
      // disturbed by this one.
      LOG.error("Change follower {} failed on {}", follower, what, failure);
    }
  }
}
