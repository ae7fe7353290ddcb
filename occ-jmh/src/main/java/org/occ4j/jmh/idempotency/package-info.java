/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * The price of once: the registry in memory beside a bare map, and the registry over JDBC beside a
 * lease, a hand-written insert and a store that keeps no answers.
 *
 * <p>{@link org.occ4j.jmh.idempotency.IdempotencyTable} measures the one, {@link
 * org.occ4j.jmh.idempotency.JdbcIdempotencyTable} the other; each prints one table with ratios.
 */
@NullMarked
package org.occ4j.jmh.idempotency;

import org.jspecify.annotations.NullMarked;
