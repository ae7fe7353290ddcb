/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * The price of a version: the store in memory beside a map of immutable records, and the store over
 * JDBC beside hand-written statements and an object-relational mapper.
 *
 * <p>{@link org.occ4j.jmh.store.StoreTable} measures the one, {@link
 * org.occ4j.jmh.store.JdbcStoreTable} the other; each prints one table with ratios.
 */
@NullMarked
package org.occ4j.jmh.store;

import org.jspecify.annotations.NullMarked;
