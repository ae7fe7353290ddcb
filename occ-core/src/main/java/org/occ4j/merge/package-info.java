/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * Three-way merge, pure: what it was (base), what I made of it (mine), what others made of it
 * (theirs).
 *
 * <p>Nothing here reads a clock, a store or a thread; the same three values give the same result
 * everywhere, so the server and the client can merge and agree.
 */
@NullMarked
package org.occ4j.merge;

import org.jspecify.annotations.NullMarked;
