/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * Truth: values under keys, each with a version, written only if the writer's expectation holds.
 *
 * <p>A write that loses changes nothing and says what is there now (guarantee G1). Versions never
 * repeat for a key (G2). Everything else in this library only saves work around this
 * compare-and-set.
 */
@NullMarked
package org.occ4j.store;

import org.jspecify.annotations.NullMarked;
