/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * The words that all rooms of the library share, and the map of the rooms.
 *
 * <p>Packages in the order in which a mutation passes through them; each may use those below it and
 * this one, never one above:
 *
 * <pre>
 * org.occ4j.http         the wire contract: preconditions and ids in, status and problem document out
 * org.occ4j.jdbc         everything below, kept in the database that the service already has
 * org.occ4j.mutation     the playbook as one call
 * org.occ4j.idempotency  once, and the same answer again
 * org.occ4j.mutex        turns
 * org.occ4j.store        truth
 * org.occ4j.change       what was committed, to whoever follows
 * org.occ4j.merge        base, mine, theirs
 * org.occ4j              shared words
 * </pre>
 *
 * <h2>What holds everywhere</h2>
 *
 * <p><b>Null.</b> Nothing is null unless it is marked {@code @Nullable}; passing null elsewhere
 * throws {@link java.lang.NullPointerException} and changes nothing.
 *
 * <p><b>Waiting.</b> A time-out is a {@link java.time.Duration} measured by a monotonic clock
 * ({@link org.occ4j.Ticker}) from the call. Zero means "do not wait"; a negative one is refused
 * with {@link java.lang.IllegalArgumentException}; one too long to count in nanoseconds waits as
 * good as for ever. A method that declares {@link java.lang.InterruptedException} honours an
 * interrupt on entry and while it waits, clears the flag when it throws, and leaves nothing
 * acquired. Other methods leave the flag alone.
 *
 * <p><b>Clocks.</b> Only monotonic time and the database's own clock decide anything; the wall
 * clock of a node or of a client may be wrong by hours (guarantee G8).
 *
 * <p><b>User code.</b> Edits, effects, loaders, codecs and followers never run under a lock of the
 * library (guarantee G7). What they throw reaches the caller as it is, unless the method says
 * otherwise.
 *
 * <p><b>Errors.</b> What is expected is a returned value: a conflict, a mutation in flight, a hold
 * not acquired. What is broken is an {@link org.occ4j.OccException} whose type says whether the
 * write may have happened.
 */
@NullMarked
package org.occ4j;

import org.jspecify.annotations.NullMarked;
