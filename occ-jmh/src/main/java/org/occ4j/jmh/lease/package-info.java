/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * The price of a turn across nodes: the mutex over JDBC beside the locks that Java services keep in
 * a database, on loopback and behind a network that takes its time.
 *
 * <p>{@link org.occ4j.jmh.lease.LeaseTable} starts the server and prints one table with ratios.
 */
@NullMarked
package org.occ4j.jmh.lease;

import org.jspecify.annotations.NullMarked;
