/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

/**
 * What the housekeeping of this process has done since the database was opened. Counts only grow;
 * those of all nodes together tell what was removed.
 *
 * @param runs runs that this node did to their end
 * @param skipped runs that another node did, or had just done
 * @param failed runs that the database cut short
 * @param answers answers removed
 * @param changes changes removed
 * @param locks rows of idle locks removed
 */
public record HousekeepingStats(
    long runs, long skipped, long failed, long answers, long changes, long locks) {}
