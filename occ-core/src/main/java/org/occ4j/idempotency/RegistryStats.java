/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.idempotency;

/**
 * What a registry of this process has answered since it was made. Counts only grow. Calls that
 * ended by an exception are not in it.
 *
 * @param executed calls whose effect ran here; of a pipeline also those that met a conflict
 * @param replayed calls that were given an earlier answer
 * @param inFlight calls that were refused because the same mutation was under way
 * @param mismatched calls that were refused because their id was used with another payload
 * @param full calls that were refused because there was no place left
 * @param unresolved calls that were told that the mutation waits for a person
 */
public record RegistryStats(
    long executed, long replayed, long inFlight, long mismatched, long full, long unresolved) {}
