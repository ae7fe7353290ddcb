/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.sql.Connection;
import org.jspecify.annotations.Nullable;
import org.occ4j.idempotency.EffectContext;

/**
 * An effect inside a database transaction: its rows, the claim and the answer are committed
 * together.
 *
 * @param <T> its answer
 */
@FunctionalInterface
public interface SqlEffect<T> {

  /**
   * Does it.
   *
   * @param transaction must not be committed, rolled back as a whole or closed; one of the
   *     registry's own refuses that. Savepoints are the effect's to make
   * @param context what it may know of this attempt
   */
  @Nullable T run(Connection transaction, EffectContext context) throws Exception;
}
