/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutation;

import org.occ4j.Histogram;

/**
 * What a pipeline of this process has done since it was built. Counts only grow; a snapshot taken
 * while mutations run may have counted one in one place and not yet in another.
 *
 * @param applied mutations that were applied, those that were merged among them
 * @param merged mutations that were applied to a state that others had changed in other fields
 * @param replayed mutations whose earlier answer was given again, whatever it was
 * @param conflicted mutations whose expectation did not hold
 * @param rejected mutations to which the application said no
 * @param refused mutations that were not carried out: under way elsewhere, another payload, or no
 *     place left
 * @param unresolved mutations of which it is not known what an earlier attempt did
 * @param failed calls that ended by an exception after which surely nothing was done
 * @param unknown calls that ended by {@link org.occ4j.OutcomeUnknownException}
 * @param edits how often edits ran; more than the mutations that were applied or rejected where
 *     others write the same keys
 * @param handedBack mutations that shared a turn and were sent by their own callers in the end, for
 *     nobody else is to wait for them: somebody else held a row that one of them was to write, or
 *     the table was seen to make something else of what is sent
 * @param statementsAtOnce how many statements may be under way at once, as the pipeline of this
 *     store that looked last has found by trial; 0 before it looked, and in memory
 * @param times how long calls took, in nanoseconds
 * @param waits how long mutations waited for their turn, in nanoseconds
 * @param batches how many mutations shared a turn
 */
public record PipelineStats(
    long applied,
    long merged,
    long replayed,
    long conflicted,
    long rejected,
    long refused,
    long unresolved,
    long failed,
    long unknown,
    long edits,
    long handedBack,
    int statementsAtOnce,
    Histogram times,
    Histogram waits,
    Histogram batches) {}
