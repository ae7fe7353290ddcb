/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.time.Duration;
import java.util.concurrent.TimeoutException;
import org.occ4j.mutex.Hold;
import org.occ4j.mutex.KeyedMutex;

/**
 * A mutex across nodes: each hold is a lease in a database row, renewed until it is closed.
 *
 * <p>No connection is held while a thread waits or works. A holder that is paused past its lease
 * loses the key and is told so; to make its late writes harmless too, pass the fencing token to the
 * resource. {@link #close} releases what is held and ends the renewal.
 *
 * <p>Beyond the time-outs of {@link KeyedMutex}, each method may throw an {@link
 * org.occ4j.OccException} when the database does not answer; that is never reported as "somebody
 * else holds it", and nothing stays held but, at worst, a lease that ends by itself. {@link
 * #withLock} throws {@link org.occ4j.LeaseLostException} after a body that returned, if the lease
 * was lost while it ran. Through {@link #asLock} there is no way to be told of a loss. Rings of
 * threads are found within one process only. After {@link #close} every acquisition throws {@link
 * IllegalStateException}.
 *
 * <p>Without a lease of its own an acquisition has one of 30 seconds.
 *
 * <p><b>Durability and isolation effects:</b> each call uses short transactions of its own, never
 * the caller's.
 */
public interface JdbcKeyedMutex<K> extends KeyedMutex<K>, AutoCloseable {

  /**
   * As {@code acquire(key, timeout)}, with a lease of its own length.
   *
   * @param lease how long the grant outlives the last renewal; far above the time of a round trip
   * @throws IllegalArgumentException if {@code lease} is not positive
   */
  Hold<K> acquire(K key, Duration timeout, Duration lease)
      throws InterruptedException, TimeoutException;

  /**
   * Ends whatever hold there is on the key, for operators: its holder finds it stolen.
   *
   * @return whether there was one
   */
  boolean forceRelease(K key);

  /** Closes every hold that was acquired here (their listeners hear {@code CLOSED}) and stops. */
  @Override
  void close();
}
