/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * Once, and the same answer again: a mutation sent twice under one id has one effect (guarantee
 * G3).
 */
@NullMarked
package org.occ4j.idempotency;

import org.jspecify.annotations.NullMarked;
