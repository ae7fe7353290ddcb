/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * Turns: at most one holder per key at a time.
 *
 * <p>A mutex saves work that would lose its race and keeps user code single-file. It is not what
 * makes writes safe; that is the compare-and-set of {@code org.occ4j.store}, or the fencing token
 * where the protected thing checks it.
 */
@NullMarked
package org.occ4j.mutex;

import org.jspecify.annotations.NullMarked;
