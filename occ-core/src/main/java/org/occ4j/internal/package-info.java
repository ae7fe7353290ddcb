/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
/** What several rooms share and nobody outside needs; not exported. */
@NullMarked
package org.occ4j.internal;

import org.jspecify.annotations.NullMarked;
