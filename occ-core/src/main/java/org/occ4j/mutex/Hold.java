/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutex;

import java.time.Duration;
import java.util.function.Consumer;

/**
 * A key held: proof that its owner has the turn, until it is closed or lost.
 *
 * <p>A hold is like a permit, not like a monitor: it is a value that any thread may close, and it
 * is not reentrant, so acquiring the same key again while holding it waits for oneself. All methods
 * are thread-safe.
 *
 * @param <K> the keys
 */
public interface Hold<K> extends AutoCloseable {

  /** The key, as it was given to acquire. */
  K key();

  /**
   * The fencing token of this grant: greater than that of every earlier grant of the key. A
   * resource that remembers the greatest token it has seen, and refuses smaller ones, is safe from
   * a holder that was paused past its lease (Kleppmann, "How to do distributed locking", 2016). The
   * token stays the same for the life of the hold, also after it was lost.
   *
   * <p>In memory a token is drawn when it is first asked for, and means something within its mutex
   * only; a hold that was closed before anybody asked answers zero, which is less than every token.
   */
  long fencingToken();

  /**
   * Whether the hold is neither closed nor lost, by local knowledge and the monotonic clock. It can
   * become false right after the answer; only the database's or the resource's own check is final.
   */
  boolean isValid();

  /**
   * For how long the hold stays valid if nothing renews it; zero once closed or lost. In memory
   * there is no lease, and an open hold answers {@code Duration.ofSeconds(Long.MAX_VALUE)}.
   */
  Duration remaining();

  /**
   * Registers a listener for the loss of this hold. It runs once, on a thread of the mutex and
   * under no lock; at once on the calling thread if the hold is already lost; never if the hold is
   * closed first. A hold in memory is never lost.
   *
   * @return this
   */
  Hold<K> onLost(Consumer<LossReason> listener);

  /**
   * Sees to it that the hold lasts for at least so long from now; for one that lasts longer anyway
   * nothing is shortened. A limit ({@code maxHold}, {@code atMostFor}) then counts to that time; a
   * lease that is renewed goes on being renewed. In memory an open hold lasts until it is closed.
   *
   * @return false if the hold is over, or a transaction guards it; it is as it was then
   * @throws IllegalArgumentException if {@code length} is not positive
   * @throws org.occ4j.OccException if the database does not answer; the hold is as it was
   */
  boolean extend(Duration length);

  /**
   * Ends the hold like {@link #close}, but the key stays taken until {@code delay} has passed, over
   * JDBC also if this process ends meanwhile: what schedulers call "at least for", with the delay
   * that is left of it. Idempotent as {@code close} is, and a later close does nothing; on a hold
   * that is over it does nothing.
   *
   * <p>Nothing is thrown for a database that does not answer: it is tried again in the background
   * until the lease ends, and if that is before the delay has passed, the key is free then.
   *
   * @throws IllegalArgumentException if {@code delay} is negative
   */
  void releaseAfter(Duration delay);

  /**
   * Gives the key back. Idempotent; may be called from any thread, interrupted or not; a second
   * close never disturbs the next holder. Nothing is thrown: a release that does not reach the
   * database leaves a lease that ends by itself.
   *
   * <p>Memory consistency effects: what a thread did before closing happens-before what the next
   * holder of the key does after acquiring.
   */
  @Override
  void close();
}
