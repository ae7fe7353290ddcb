/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.registry;

/**
 * The registry's statements in H2: an insert that meets a rival's uncommitted row waits for it, for
 * as long as the database's lock time-out.
 */
public final class H2MutationDialect extends MutationDialect {

  /**
   * The dialect of a table.
   *
   * @param table its quoted name
   * @param now the database clock, as an expression
   */
  public H2MutationDialect(String table, String now) {
    super(table, now);
  }
}
