/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.sql.Connection;
import java.time.Duration;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationPipeline;
import org.occ4j.mutation.MutationResult;
import org.occ4j.mutation.PipelineStats;

/**
 * The playbook over JDBC: the claim, the compare-and-set, the stored answer and the change row are
 * one transaction. If the process dies, either all of it happened or nothing.
 */
public interface JdbcMutationPipeline<K, V> extends MutationPipeline<K, V> {

  /**
   * Carries out a mutation whose edit also writes rows of its own in the same transaction.
   *
   * @param mutation the mutation; its own {@code edit} is used only to tell what it would have
   *     changed after a conflict
   * @param edit runs instead of the mutation's own edit
   */
  MutationResult<V> apply(Mutation<K, V> mutation, SqlEdit<K, V> edit) throws InterruptedException;

  /** The same within a time, as {@link #apply(Mutation, Duration)} says. */
  MutationResult<V> apply(Mutation<K, V> mutation, SqlEdit<K, V> edit, Duration timeout)
      throws InterruptedException;

  /** What the pipelines over this store have done so far, by the same {@code OccDatabase}. */
  @Override
  PipelineStats stats();

  /**
   * This pipeline inside the caller's transaction.
   *
   * @throws IllegalArgumentException if the connection is in auto-commit mode
   */
  JoinedPipeline<K, V> joining(Connection connection);
}
