/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * The playbook as one call: replay, turn, claim, check, edit, store, answer, tell.
 *
 * <p>Safety comes from the compare-and-set alone; the turn saves wasted work; idempotency makes
 * retries harmless.
 */
@NullMarked
package org.occ4j.mutation;

import org.jspecify.annotations.NullMarked;
