/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal;

import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * Statements on a borrowed connection, with what they yield.
 *
 * @param <T> what they yield
 * @param <E> what else they may throw
 */
@FunctionalInterface
public interface SqlWork<T extends @Nullable Object, E extends Exception> {
  /** Runs the statements. */
  T run(Connection connection) throws SQLException, E;
}
