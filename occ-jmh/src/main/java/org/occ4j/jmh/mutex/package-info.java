/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * The price of a turn: the mutex in memory beside every way in which Java programs lock by key.
 *
 * <p>{@link org.occ4j.jmh.mutex.MutexTable} measures all of it and prints one table with ratios.
 */
@NullMarked
package org.occ4j.jmh.mutex;

import org.jspecify.annotations.NullMarked;
