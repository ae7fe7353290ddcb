/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The database refused the data: a constraint does not hold, a value does not fit its column, or a
 * trigger said no. Surely nothing was applied, and sending the same data again will be refused
 * again.
 *
 * <p>The SQLSTATE is always there. The table, the constraint and the column are there where the
 * server names them, spelled as it does; not every server names each. They are read from the text
 * of its message, which has them in its English wording only, so they may help to choose words and
 * a status, but nothing that must be right may hang on them.
 *
 * <p>In the caller's own transaction the refused statement did nothing, but the transaction is not
 * ended. PostgreSQL refuses every further statement of it until it is rolled back, whole or to a
 * savepoint; on the other engines it may go on.
 */
public class DataRejectedException extends OccException {
  private static final long serialVersionUID = 1L;

  private final String sqlState;
  private final @Nullable String table;
  private final @Nullable String constraint;
  private final @Nullable String column;

  /**
   * A refusal.
   *
   * @param table the table, if it is known
   * @param constraint the constraint or unique index, if it is known
   * @param column the column, if it is known
   */
  public DataRejectedException(
      String message,
      String sqlState,
      @Nullable String table,
      @Nullable String constraint,
      @Nullable String column,
      @Nullable Throwable cause) {
    super(message, cause);
    this.sqlState = Objects.requireNonNull(sqlState, "sqlState");
    this.table = table;
    this.constraint = constraint;
    this.column = column;
  }

  /** The SQLSTATE, such as {@code 23505} for a key that is there already. */
  public String sqlState() {
    return sqlState;
  }

  /** The table, or null if the server did not name it. */
  public @Nullable String table() {
    return table;
  }

  /** The constraint or unique index, or null if the server did not name it. */
  public @Nullable String constraint() {
    return constraint;
  }

  /** The column, or null if the server did not name it. */
  public @Nullable String column() {
    return column;
  }
}
