/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.idempotency;

/**
 * What one purge did.
 *
 * @param removed how many records it removed
 * @param more whether it stopped because of its bound, so that another call would find more
 */
public record PurgeReport(int removed, boolean more) {}
