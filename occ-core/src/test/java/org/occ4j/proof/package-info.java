/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * Whole histories judged: workers on several nodes record what they asked and what they were told
 * while machines fail ({@link org.occ4j.proof.Workload}, {@link org.occ4j.proof.Fault}), and pure
 * judges say whether all of it can be true at once ({@link org.occ4j.proof.Judgement}). Each judge
 * has an implementation that is broken on purpose and that it must catch.
 */
@NullMarked
package org.occ4j.proof;

import org.jspecify.annotations.NullMarked;
