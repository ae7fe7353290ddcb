/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

/**
 * A database wire protocol that {@link WireProxy} can read, and with it the meaning of "statement".
 *
 * <p>A statement is what the client sends up to the point at which it must wait for one answer. The
 * connection must be in plain text: with TLS or compression the proxy closes it and logs why.
 */
public enum WireProtocol {
  /**
   * PostgreSQL protocol 3. A simple {@code Query} is a statement; in the extended protocol all up
   * to {@code Sync} is one, a batch for instance. pgjdbc sends {@code BEGIN} as a statement of its
   * own in one piece with the first statement of the transaction: two statements, one round trip.
   */
  POSTGRESQL {
    @Override
    WireSession newSession() {
      return new PostgresqlSession();
    }
  },

  /**
   * The protocol of MySQL and MariaDB. A statement is one command packet that has an answer; {@code
   * COM_STMT_CLOSE} and {@code COM_QUIT} have none.
   */
  MYSQL {
    @Override
    WireSession newSession() {
      return new MysqlSession();
    }
  };

  abstract WireSession newSession();
}
