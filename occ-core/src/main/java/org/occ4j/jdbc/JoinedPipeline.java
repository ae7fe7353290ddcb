/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationPipeline;
import org.occ4j.mutation.MutationResult;

/**
 * The pipeline inside the caller's transaction: claim, compare-and-set, answer and change row are
 * committed with the caller's rows, or not at all.
 *
 * <p>No turn is taken here, because waiting would hold the caller's connection: take it before the
 * transaction begins, with a {@link org.occ4j.mutex.KeyedMutex}. A duplicate of a mutation under
 * way is refused, never waited for. A {@code Rejected} result is stored when the caller commits; a
 * conflict or a refusal leaves the transaction usable.
 */
public interface JoinedPipeline<K, V> extends MutationPipeline<K, V>, Joined {

  /**
   * As {@link MutationPipeline#apply}, with an edit that also writes rows of its own.
   *
   * @throws org.occ4j.TransactionConflictException also if the database ended the transaction at a
   *     statement of the edit
   */
  MutationResult<V> apply(Mutation<K, V> mutation, SqlEdit<K, V> edit) throws InterruptedException;
}
