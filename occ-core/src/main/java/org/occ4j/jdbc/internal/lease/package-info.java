/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * The mutex over rows: acquiring, renewing and releasing leases, and who waits for them on this
 * node.
 *
 * <p>Not exported: nothing here is part of the library's interface.
 */
@NullMarked
package org.occ4j.jdbc.internal.lease;

import org.jspecify.annotations.NullMarked;
