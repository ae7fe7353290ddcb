/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.occ4j.mutex.Hold;
import org.occ4j.mutex.HoldInfo;
import org.occ4j.mutex.KeyedMutex;

/**
 * A mutex across nodes: each hold is a lease in a database row, renewed until it is closed.
 *
 * <p>No connection is held while a thread waits or works. A holder that is paused past its lease
 * loses the key and is told so ({@link Hold#onLost}, {@link Hold#isValid}); what it writes late is
 * another matter. Writes to the same database are made safe by {@link #guard}; another resource has
 * to remember the greatest {@linkplain Hold#fencingToken() fencing token} it has seen and refuse
 * smaller ones. Without either, a lease is an optimisation and no proof.
 *
 * <p>Tokens of a key grow across nodes, restarts and {@link #sweep}; a database that was restored,
 * or whose clock was set back, must not be set back by more than the time for which it was away.
 *
 * <p>Beyond the time-outs of {@link KeyedMutex}, each method may throw an {@link
 * org.occ4j.OccException} when the database does not answer; that is never reported as "somebody
 * else holds it", and nothing stays held but, at worst, a lease that ends by itself. A wait that
 * had begun outlives an outage of the database that is no longer than a lease. Where the network
 * swallows everything a call may last longer than its time-out, by a third of the lease or a
 * second.
 *
 * <p>{@link #withLock} throws {@link org.occ4j.LeaseLostException} after a body that returned, if
 * the lease was lost while it ran. Through {@link #asLock} there is no way to be told of a loss.
 * Rings of threads are found within one process only. A hold that is dropped without being closed
 * is renewed all the same, and reported in the log; {@link #maxHold} bounds the damage. After
 * {@link #close} every acquisition throws {@link IllegalStateException}.
 *
 * <p>Inside one node a key is handed on in one round trip, for a tenth of a second at a stretch;
 * then other nodes have their chance. There is no order among nodes.
 *
 * <p>A lease lasts 10 seconds unless {@link #lease} says otherwise, and is renewed when a third of
 * it is gone. If a process dies, its keys are free once their leases have ended; who waits for one
 * should wait for longer than that, as mutations do for their turn unless they are told otherwise
 * ({@link JdbcPipelineBuilder#turnTimeout}). Renewal borrows one connection at a time; a pool that
 * the application keeps empty for longer than a lease loses the leases, unless mutexes have
 * {@linkplain OccDatabaseBuilder#mutexDataSource a pool of their own}.
 *
 * <p>A flight recording has {@code org.occ4j.MutexWait} for each acquisition that took longer than
 * its threshold (20 milliseconds unless the recording says otherwise) and {@code
 * org.occ4j.LeaseLost} for each loss; losses and failed renewals are in the log as well.
 *
 * <p><b>Durability and isolation effects:</b> each call uses short transactions of its own, never
 * the caller's, but for {@link #guard} and {@link #acquireInTransaction}, which do nothing else.
 * What was granted is as durable as the server makes its commits. A release need not be: on
 * PostgreSQL its commit does not wait for the disk, and a crash of the server in the next moments
 * can leave the key taken until the lease ends.
 */
public interface JdbcKeyedMutex<K> extends KeyedMutex<K>, AutoCloseable {

  /**
   * The same mutex, with leases of another length for what is acquired through the result. It
   * shares everything else with this one; closing either closes both.
   *
   * @param length how long a grant outlives its last renewal; far above the time of a round trip
   * @throws IllegalArgumentException if it is shorter than a millisecond
   */
  JdbcKeyedMutex<K> lease(Duration length);

  /**
   * The same mutex, whose holds are lost as {@code EXPIRED} if they were not closed within this
   * time, unless they are {@linkplain Hold#extend extended}. By then the row is free: no renewal
   * reaches beyond it. The holder loses the hold a little earlier, by a twentieth of the lease or a
   * thousandth of this time, whichever is more. It shares everything else with this one; closing
   * either closes both.
   *
   * @throws IllegalArgumentException if it is shorter than a millisecond
   */
  JdbcKeyedMutex<K> maxHold(Duration limit);

  /**
   * The same mutex, whose holds are granted for exactly this time and never renewed: what
   * schedulers call "at most for". If nobody closes or {@linkplain Hold#extend extends} a hold, its
   * row is free this long after the grant by the database's clock, whatever becomes of the process;
   * the holder loses it a twentieth earlier. The same as {@code lease(limit).maxHold(limit)}.
   * {@link Hold#releaseAfter} is the "at least for".
   *
   * @throws IllegalArgumentException if it is shorter than a millisecond
   */
  default JdbcKeyedMutex<K> atMostFor(Duration limit) {
    return lease(limit).maxHold(limit);
  }

  /**
   * The same mutex, which logs a warning for each hold that lasts longer, once, with its key and
   * who acquired it. It shares everything else with this one; closing either closes both.
   *
   * @throws IllegalArgumentException if it is shorter than a millisecond
   */
  JdbcKeyedMutex<K> warnHeldLongerThan(Duration limit);

  /**
   * As {@code acquire(key, timeout)}, with a lease of its own length.
   *
   * @param lease how long the grant outlives the last renewal; far above the time of a round trip
   * @throws IllegalArgumentException if {@code lease} is not positive
   */
  Hold<K> acquire(K key, Duration timeout, Duration lease)
      throws InterruptedException, TimeoutException;

  /**
   * Pins a hold to the caller's transaction: until that ends, nobody else can be granted the keys,
   * whatever becomes of the lease. So what the transaction writes is committed only under the hold,
   * however long its thread is paused. Call it before the writes, once per transaction and hold; it
   * costs one round trip and locks the lease's rows.
   *
   * <p>A transaction that outlasts the lease commits safely, but the hold itself is then lost as
   * {@code EXPIRED}, because guarded rows cannot be renewed. Closing the hold before the end of the
   * transaction does not wait: the row is released in the background after it.
   *
   * <p>On PostgreSQL under {@code REPEATABLE READ} or stricter it must be the first statement of
   * the transaction; a snapshot from before the last renewal makes it fail.
   *
   * @param connection in a transaction, which is not committed, rolled back or changed otherwise
   * @param hold of this mutex, single or joint
   * @throws org.occ4j.LeaseLostException if the hold is over; roll back
   * @throws org.occ4j.TransactionConflictException if the database ended the transaction
   * @throws org.occ4j.StoreUnavailableException if the database refused; roll back
   * @throws IllegalArgumentException if the connection is in auto-commit mode, or the hold is of
   *     another mutex
   */
  void guard(Connection connection, Hold<?> hold);

  /**
   * Takes the key for the caller's transaction: it is given back by commit or rollback, and nobody
   * else, by transaction or by lease, gets it before. There is no lease, no hold and no token; a
   * transaction that hangs keeps the key until the database ends it.
   *
   * <p>Waits for other transactions by asking again, while the caller's connection is of course
   * busy. It does not wait for a lease. Two transactions that take several keys in different orders
   * run into their time-outs.
   *
   * @param connection in a transaction, which is not committed, rolled back or changed otherwise
   * @throws TimeoutException if another transaction has the key for so long, or a lease has it;
   *     roll back, because the row may be locked until then
   * @throws InterruptedException if interrupted while waiting; roll back
   * @throws org.occ4j.TransactionConflictException if the database ended the transaction
   * @throws org.occ4j.StoreUnavailableException if the database refused; roll back
   * @throws IllegalArgumentException if the connection is in auto-commit mode, or {@code timeout}
   *     is negative
   */
  void acquireInTransaction(Connection connection, K key, Duration timeout)
      throws InterruptedException, TimeoutException;

  /**
   * Who holds what in this namespace on all nodes, for operators, in byte order of the keys. A key
   * that was too long for its column is shown by its beginning and a digest.
   */
  List<HoldInfo> holders();

  /**
   * Ends whatever hold there is on the key, for operators: its holder finds it stolen at the next
   * renewal.
   *
   * @return whether there was one
   * @throws org.occ4j.StoreUnavailableException if a transaction {@linkplain #guard guards} the
   *     hold and does not end within two seconds
   */
  boolean forceRelease(K key);

  /**
   * Deletes the rows of keys that nobody has held for this long, on whichever node. Tokens of a
   * swept key go on growing, because they are never behind the database's clock. {@linkplain
   * Housekeeping Housekeeping} does so by itself.
   *
   * @param idleFor an hour at least
   * @return how many rows were deleted
   * @throws IllegalArgumentException if {@code idleFor} is shorter than an hour
   */
  int sweep(Duration idleFor);

  /** Closes every hold that was acquired here (their listeners hear {@code CLOSED}) and stops. */
  @Override
  void close();
}
