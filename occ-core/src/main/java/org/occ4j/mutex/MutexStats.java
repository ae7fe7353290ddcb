/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutex;

/**
 * Counters of a mutex since it was made; read without stopping anybody, so only roughly of one
 * moment.
 *
 * @param heldKeys keys that are held now
 * @param waiting acquisitions that wait now
 * @param contended acquisitions that had to wait
 * @param timedOut acquisitions that gave up after queueing: time-out, interrupt or cancellation
 * @param lost holds that ended before they were closed
 */
public record MutexStats(long heldKeys, long waiting, long contended, long timedOut, long lost) {}
