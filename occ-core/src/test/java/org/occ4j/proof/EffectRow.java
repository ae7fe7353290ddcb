/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.proof;

/**
 * A row that an effect or an edit wrote in its transaction, as found at the end.
 *
 * @param mutation the id of the mutation
 * @param version the version that the mutation made; 0 if it made none
 */
record EffectRow(String mutation, long version) {}
