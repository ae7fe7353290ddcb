/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * Tagged caches that stay coherent with a database and with each other on every node of it.
 *
 * <p>Invalidations are rows of the database's change log, written in the transaction whose changes
 * they announce. Each node polls the log and applies what it finds, in any order, for invalidations
 * commute; its own are applied the moment they are committed. A node that cannot poll for longer
 * than the maximum staleness stops answering from memory.
 */
@NullMarked
package org.occ4j.cache.jdbc;

import org.jspecify.annotations.NullMarked;
