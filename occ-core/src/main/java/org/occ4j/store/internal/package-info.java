/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * What the stores in memory and over JDBC share. Not exported: nothing here is part of the
 * library's interface.
 */
@NullMarked
package org.occ4j.store.internal;

import org.jspecify.annotations.NullMarked;
