/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * What the feeds in memory and over JDBC share, and the seam through which a store in memory makes
 * its commits and their changes one step.
 *
 * <p>Not exported: nothing here is part of the library's interface.
 */
@NullMarked
package org.occ4j.change.internal;

import org.jspecify.annotations.NullMarked;
