/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * The engines, one class for each, which hand out the statements of every other room.
 *
 * <p>Not exported: nothing here is part of the library's interface.
 */
@NullMarked
package org.occ4j.jdbc.internal.engine;

import org.jspecify.annotations.NullMarked;
