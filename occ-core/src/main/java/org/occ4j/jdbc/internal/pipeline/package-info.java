/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * The pipeline below its face: a mutation's state, edit and write, alone or in a group, in the
 * statements of each engine.
 *
 * <p>Not exported: nothing here is part of the library's interface.
 */
@NullMarked
package org.occ4j.jdbc.internal.pipeline;

import org.jspecify.annotations.NullMarked;
