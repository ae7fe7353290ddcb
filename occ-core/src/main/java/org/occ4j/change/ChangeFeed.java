/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.change;

import java.time.Duration;

/**
 * The stream of committed changes of one database, or of this process, as one node sees it.
 *
 * <p>It promises that each committed change is told to each follower once, and that no change is
 * lost because its transaction committed late; where that cannot be kept, the follower is told so
 * ({@link ChangeFollower#missed}). Changes of one key arrive in the order of their versions. It
 * does not promise an order between different keys, except in memory, where the order is that of
 * the commits. It does not promise history: a follower hears what is committed after it began to
 * follow.
 *
 * <p>Implementations are thread-safe. <b>Memory consistency effects:</b> what a thread did before
 * its change was committed happens-before the call that tells it to a follower in the same process.
 */
public interface ChangeFeed {

  /** A feed of this process, whose publishers are stores and caches in memory. */
  static ChangeLog inMemory() {
    return new InMemoryChangeLogBuilder().build();
  }

  /** A feed of this process whose settings the builder takes. */
  static InMemoryChangeLogBuilder builder() {
    return new InMemoryChangeLogBuilder();
  }

  /**
   * Begins to follow. Calls are made one after the other on a thread of the feed, in the feed's
   * order; a slow follower delays only itself, and its backlog is bounded: past the bound it is
   * told {@link ChangeFollower#missed} once and goes on from there.
   */
  Subscription follow(ChangeFollower follower);

  /**
   * Begins to follow at first hand: a change committed through this node has been told when the
   * write returns, on the committing thread unless the feed's own thread was quicker, without
   * regard to order and perhaps at the same time as another; changes of other nodes are told by the
   * feed's own thread. It is meant for caches, whose invalidations may be applied in any order. The
   * follower must be quick and must not block; over a database it may write, but not wait for the
   * feed.
   */
  Subscription followDirectly(ChangeFollower follower);

  /**
   * A token that covers everything committed before this call.
   *
   * @throws org.occ4j.StoreUnavailableException if the database cannot be asked
   */
  ChangeToken now();

  /**
   * Waits until every change that {@code token} covers has been told to the direct followers of
   * this node.
   *
   * @return false if the time-out passed first, or if the token is of another incarnation
   * @throws IllegalArgumentException if {@code timeout} is negative
   * @throws InterruptedException if interrupted on entry or while waiting
   */
  boolean awaitApplied(ChangeToken token, Duration timeout) throws InterruptedException;
}
