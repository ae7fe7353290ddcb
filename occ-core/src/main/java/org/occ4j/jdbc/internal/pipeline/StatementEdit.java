/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.pipeline;

import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.occ4j.Versioned;
import org.occ4j.mutation.Rejection;

/** An edit with statements of its own, as the pipeline runs it; the application's code. */
public interface StatementEdit<K, V> {

  /** The new value, or null to delete the key. */
  @Nullable V apply(K key, @Nullable Versioned<V> before, Connection transaction)
      throws SQLException, Rejection;

  /** Whether anything runs after the write. */
  boolean hasAfterWrite();

  /** Runs what comes after the write, if anything does. */
  void afterWrite(
      K key, @Nullable Versioned<V> before, @Nullable Versioned<V> after, Connection transaction)
      throws SQLException;
}
