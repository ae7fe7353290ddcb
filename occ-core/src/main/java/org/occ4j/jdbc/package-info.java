/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * Everything below this package, kept in the database that the service already has.
 *
 * <p>{@code OccDatabase} is the entry: it probes the engine once, checks the schema, and makes
 * stores, mutexes, the idempotency registry and pipelines that work together in one transaction.
 *
 * <p><b>Transactions.</b> There are two modes and each method says which one it is in. In a
 * transaction <em>of our own</em> a connection is borrowed for the shortest time, its auto-commit
 * mode is put back as it was, and transient failures are retried as a whole within bounds. In the
 * <em>caller's</em> transaction ({@code joining(connection)}) nothing is ever committed, rolled
 * back, retried, or set on the connection.
 *
 * <p><b>Time.</b> Instants come from the database's clock.
 */
@NullMarked
package org.occ4j.jdbc;

import org.jspecify.annotations.NullMarked;
