/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.store;

import org.occ4j.Histogram;

/**
 * What was done on a store, through any view of it. Over JDBC that is what was done on the stores
 * of one name, in transactions of their own, since the database was opened; what pipelines do, and
 * what joins a transaction of the caller's, is not in it. Of a store in memory everything is.
 *
 * @param conflicts puts and deletes whose expectation did not hold
 * @param failures reads and writes that ended by an exception
 * @param readTimes how long reads took, in nanoseconds, with the wait for a connection
 * @param writeTimes how long writes took, in nanoseconds, with the wait for a connection and the
 *     repetitions after a deadlock
 */
public record StoreStats(
    long conflicts, long failures, Histogram readTimes, Histogram writeTimes) {}
