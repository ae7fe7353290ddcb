/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * The price of tags: hits and invalidations beside caches without tags and beside other ways to
 * have them, the load of many nodes that poll, and the price of a change row for a commit.
 *
 * <p>{@link org.occ4j.jmh.cache.CacheTable} measures it all and prints the tables.
 */
@NullMarked
package org.occ4j.jmh.cache;

import org.jspecify.annotations.NullMarked;
