/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.occ4j.mutation.Rejection;

/**
 * An {@link org.occ4j.mutation.Edit} that also writes rows of its own, in the transaction of the
 * mutation: they are committed together with it, or not at all.
 *
 * @param <V> the values
 */
@FunctionalInterface
public interface SqlEdit<V> {

  /**
   * The new value.
   *
   * @param current the present value, or null if the key is absent
   * @param transaction the mutation's transaction; must not be committed, rolled back or closed
   * @return what to store, or null to delete the key
   * @throws Rejection to answer with a final no; the statements made here are rolled back, the
   *     answer is kept
   */
  @Nullable V apply(@Nullable V current, Connection transaction) throws SQLException, Rejection;
}
