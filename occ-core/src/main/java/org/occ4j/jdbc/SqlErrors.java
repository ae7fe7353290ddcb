/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTransientConnectionException;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an {@link SQLException} means for the write that met it, decided in this one place from
 * SQLSTATE and vendor code along the whole chain of causes and next exceptions. Message texts are
 * never looked at.
 */
final class SqlErrors {

  /** What an error means. */
  enum Meaning {
    /** The database rolled the whole transaction back; run from its start it may succeed. */
    TRANSACTION_DEAD,
    /** A wait inside the database ran out; the statement did nothing. */
    BUSY,
    /** A row with this key is there already; the statement did nothing. */
    DUPLICATE,
    /** The connection is gone; what was under way may or may not have been done. */
    CONNECTION_LOST,
    /** The server is read-only, as a replica is after a failover; nothing was done. */
    READ_ONLY,
    /** The server refused the statement for any other reason; nothing was done. */
    REFUSED
  }

  private static final Map<String, Meaning> BY_STATE =
      Map.ofEntries(
          Map.entry("55P03", Meaning.BUSY),
          Map.entry("HYT00", Meaning.BUSY),
          Map.entry("57014", Meaning.BUSY),
          Map.entry("23505", Meaning.DUPLICATE),
          Map.entry("25006", Meaning.READ_ONLY),
          Map.entry("57P01", Meaning.CONNECTION_LOST),
          Map.entry("57P02", Meaning.CONNECTION_LOST),
          Map.entry("57P03", Meaning.CONNECTION_LOST));

  /** A row changed since the snapshot: MariaDB with innodb_snapshot_isolation. */
  static final int MARIADB_RECORD_CHANGED = 1020;

  /** Codes whose SQLSTATE says too little: HY000 and 23000 above all. */
  private static final Map<Integer, Meaning> BY_VENDOR_CODE =
      Map.ofEntries(
          // MariaDB and MySQL.
          Map.entry(1213, Meaning.TRANSACTION_DEAD),
          // MariaDB 11.6 on, innodb_snapshot_isolation: SQLSTATE HY000, the transaction is gone.
          Map.entry(MARIADB_RECORD_CHANGED, Meaning.TRANSACTION_DEAD),
          Map.entry(3572, Meaning.BUSY),
          Map.entry(1969, Meaning.BUSY),
          Map.entry(1062, Meaning.DUPLICATE),
          Map.entry(1290, Meaning.READ_ONLY),
          Map.entry(1836, Meaning.READ_ONLY),
          // H2: concurrent update, lock time-out, statement time-out; database closed or broken.
          Map.entry(90131, Meaning.TRANSACTION_DEAD),
          Map.entry(50200, Meaning.BUSY),
          Map.entry(57014, Meaning.BUSY),
          Map.entry(90097, Meaning.READ_ONLY),
          Map.entry(90067, Meaning.CONNECTION_LOST),
          Map.entry(90098, Meaning.CONNECTION_LOST),
          Map.entry(90121, Meaning.CONNECTION_LOST));

  private static final int MARIADB_LOCK_TIMEOUT = 1205;

  private SqlErrors() {}

  /** The meaning of the first link of the chain that has one. */
  static Meaning meaningOf(SQLException error) {
    Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    Deque<Throwable> chain = new ArrayDeque<>();
    chain.add(error);
    while (!chain.isEmpty()) {
      Throwable link = chain.removeFirst();
      if (!seen.add(link)) {
        continue;
      }
      if (link instanceof SQLException sql) {
        Meaning meaning = meaningOfLink(sql);
        if (meaning != null) {
          return meaning;
        }
        addIfPresent(chain, sql.getNextException());
      }
      addIfPresent(chain, link.getCause());
    }
    return Meaning.REFUSED;
  }

  private static @Nullable Meaning meaningOfLink(SQLException error) {
    String state = error.getSQLState() == null ? "" : error.getSQLState();
    // MySQL Connector/J gives a lock time-out the SQLSTATE of a deadlock, but the transaction
    // lives.
    if (error.getErrorCode() == MARIADB_LOCK_TIMEOUT) {
      return Meaning.BUSY;
    }
    // 40002 is a constraint violated at commit and 40003 an unknown completion: neither may be
    // rerun.
    if (state.equals("40001") || state.equals("40P01")) {
      return Meaning.TRANSACTION_DEAD;
    }
    if (state.equals("40003") || state.startsWith("08") || isConnectionType(error)) {
      return Meaning.CONNECTION_LOST;
    }
    Meaning byState = BY_STATE.get(state);
    return byState != null ? byState : BY_VENDOR_CODE.get(error.getErrorCode());
  }

  private static boolean isConnectionType(SQLException error) {
    return error instanceof SQLRecoverableException
        || error instanceof SQLNonTransientConnectionException
        || error instanceof SQLTransientConnectionException;
  }

  private static void addIfPresent(Deque<Throwable> chain, @Nullable Throwable link) {
    if (link != null) {
      chain.add(link);
    }
  }
}
