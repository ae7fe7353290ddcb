/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * Compare-and-set in a table: the columns as SQL, the statements of each engine, one write, a
 * batch, and a commit of several.
 *
 * <p>Not exported: nothing here is part of the library's interface.
 */
@NullMarked
package org.occ4j.jdbc.internal.store;

import org.jspecify.annotations.NullMarked;
