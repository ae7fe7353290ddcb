/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.pipeline;

/**
 * How much a pipeline keeps and does at once, and what it does of conflicts.
 *
 * @param carriedStates how many rows it keeps from one mutation of a key to the next
 * @param statementsAtOnce how many statements it has under way at once
 * @param maxWaiting how many mutations may wait
 * @param merges whether conflicts that a merge can settle are settled
 * @param rowsOnce whether a row of the application may be written once for several mutations
 */
public record PipelineLimits(
    int carriedStates, int statementsAtOnce, int maxWaiting, boolean merges, boolean rowsOnce) {}
