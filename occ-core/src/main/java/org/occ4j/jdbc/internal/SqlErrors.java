/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal;

import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTransientConnectionException;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an {@link SQLException} means for the write that met it, decided in this one place from
 * SQLSTATE and vendor code along the whole chain of causes and next exceptions. Message texts are
 * never looked at. docs/errors.md has the same table for users.
 *
 * <p>Only an error that the server itself gave proves that nothing was done; and such an error has
 * a code (MariaDB, MySQL, H2) or a SQLSTATE of a class that the server uses and its driver does not
 * (PostgreSQL). What a driver makes up, as for an answer that it cannot read, a time-out of its
 * socket or a result that it did not expect, has neither: it is {@link Meaning#UNKNOWN}.
 */
public final class SqlErrors {

  /** What an error means. */
  public enum Meaning {
    /** Not done. The database rolled the transaction back; run from its start it may succeed. */
    TRANSACTION_DEAD,
    /**
     * Not done. An earlier statement of the transaction failed, and the server takes no further one
     * before it is rolled back.
     */
    TRANSACTION_FAILED,
    /** Not done, worth repeating. A wait inside the database ran out, or was cut short. */
    BUSY,
    /**
     * The statement was cut short by the server. A single one did nothing; one that commits by
     * itself may have been cut short after that.
     */
    INTERRUPTED,
    /** Not done, worth repeating. The server is read-only, full, or out of something. */
    READ_ONLY,
    /** Not done, final. A row with this key is there already. */
    DUPLICATE,
    /** Not done, final. A constraint, a type or a trigger refuses the data. */
    DATA,
    /** Not done, final. The statement is wrong, names what is not there, or lacks a right. */
    STATEMENT,
    /** Not done, maybe worth repeating. The server refused it for any other reason. */
    REFUSED,
    /** The connection is gone, or the driver made the error up: it may have been done. */
    UNKNOWN;

    /** Whether sending the same again will be refused again. */
    public boolean isFinal() {
      return this == DUPLICATE || this == DATA || this == STATEMENT;
    }
  }

  /** A row changed since the snapshot: MariaDB with innodb_snapshot_isolation. */
  public static final int MARIADB_RECORD_CHANGED = 1020;

  private static final Map<Integer, Meaning> BY_VENDOR_CODE = new HashMap<>();

  static {
    // MariaDB and MySQL, whose SQLSTATE often says too little: HY000 and 23000 above all.
    // Deadlock; record changed (HY000, the transaction is gone); table definition changed.
    codes(Meaning.TRANSACTION_DEAD, 1213, MARIADB_RECORD_CHANGED, 1412);
    // Lock time-out, to which MySQL's driver gives the SQLSTATE of a deadlock; NOWAIT.
    codes(Meaning.BUSY, 1205, 3572);
    // Interrupted, max_statement_time, max_execution_time.
    codes(Meaning.INTERRUPTED, 1317, 1969, 3024, 1028);
    // Read-only; Galera not ready; disk, table, memory, connections or resources of a user used up.
    codes(Meaning.READ_ONLY, 1290, 1836, 1792, 1047, 1021, 1114, 1030, 1037, 1038, 1041, 1040);
    codes(Meaning.READ_ONLY, 1203, 1226, 1637);
    codes(Meaning.DUPLICATE, 1062, 1586, 1022, 1169, 1557, 1761, 1762);
    // No default, bad text or number, truncated, bad argument, no partition, SIGNAL, CHECK,
    // generated column, value beyond its range. Most others have a SQLSTATE of class 22 or 23.
    codes(Meaning.DATA, 1364, 1366, 1265, 1411, 1416, 1441, 1526, 1644, 3819, 4025, 1906, 1264);
    // A text that the character set of its column has not comes as a mix of collations.
    codes(Meaning.DATA, 1748, 1118, 1071, 1153, 1301, 1267);
    // Wrong arguments, view of what is gone.
    codes(Meaning.STATEMENT, 1210, 1356);
    // Shutdown, connection killed or idle for too long, network, failure while committing.
    codes(Meaning.UNKNOWN, 1053, 1927, 4031, 1105, 1158, 1159, 1160, 1161, 1180, 1181);
    // A file, such as the binary log in a commit, was not written to the end.
    codes(Meaning.UNKNOWN, 1026);

    // H2: concurrent update; lock and statement time-out; read-only, exclusive, out of memory.
    codes(Meaning.TRANSACTION_DEAD, 90131);
    codes(Meaning.BUSY, 50200, 57014);
    codes(Meaning.READ_ONLY, 90097, 90135, 90108);
    // A trigger threw; rights, types that do not compare.
    codes(Meaning.DATA, 90044);
    codes(Meaning.STATEMENT, 90096, 90110);
    // Any unforeseen failure; object closed, connection broken, database closed, files broken.
    codes(Meaning.UNKNOWN, 50000, 90007, 90067, 90098, 90121, 90020, 90028, 90030, 90031);
  }

  private static final Map<String, Meaning> BY_STATE =
      Map.ofEntries(
          Map.entry("40001", Meaning.TRANSACTION_DEAD),
          Map.entry("40P01", Meaning.TRANSACTION_DEAD),
          Map.entry("40000", Meaning.TRANSACTION_DEAD),
          // A constraint found violated at the commit; and a completion that is not known.
          Map.entry("40002", Meaning.DATA),
          Map.entry("40003", Meaning.UNKNOWN),
          Map.entry("25P02", Meaning.TRANSACTION_FAILED),
          Map.entry("55P03", Meaning.BUSY),
          Map.entry("HYT00", Meaning.BUSY),
          Map.entry("57014", Meaning.BUSY),
          Map.entry("70100", Meaning.INTERRUPTED),
          Map.entry("23505", Meaning.DUPLICATE),
          Map.entry("25006", Meaning.READ_ONLY),
          // Shutdown, crash, database dropped, idle session or transaction: the session is over.
          Map.entry("57P01", Meaning.UNKNOWN),
          Map.entry("57P02", Meaning.UNKNOWN),
          Map.entry("57P03", Meaning.UNKNOWN),
          Map.entry("57P04", Meaning.UNKNOWN),
          Map.entry("57P05", Meaning.UNKNOWN),
          Map.entry("25P03", Meaning.UNKNOWN),
          Map.entry("25P04", Meaning.UNKNOWN));

  private static final Map<String, Meaning> BY_CLASS = new HashMap<>();

  static {
    // What drivers make up: no data, wrong type, unexpected result, connection, I/O, cursor.
    classes(Meaning.UNKNOWN, "00", "01", "02", "03", "07", "08", "24", "58", "60", "99");
    classes(Meaning.UNKNOWN, "HY", "S1", "HZ");
    // Triggered action, no case, value, integrity, program limit, check option, SIGNAL, RAISE.
    classes(Meaning.DATA, "09", "20", "22", "23", "27", "44", "45", "54", "P0");
    // Cardinality, routine, privileges, transaction control in it, catalogue, schema, syntax.
    classes(Meaning.STATEMENT, "0L", "0P", "0Z", "10", "21", "2B", "2D", "2F", "38", "39", "3B");
    classes(Meaning.STATEMENT, "3D", "3F", "42");
    classes(Meaning.READ_ONLY, "53");
    // Feature, state of the transaction, lost
    // prepared statement, log-in, object in use, operator, old snapshot, configuration, foreign
    // server, internal, and H2's own.
    classes(Meaning.REFUSED, "0A", "0B", "0F", "25", "26", "28", "34", "40", "55", "57", "70");
    classes(Meaning.REFUSED, "72", "F0", "HV", "XX", "90");
  }

  private SqlErrors() {}

  private static void codes(Meaning meaning, int... codes) {
    for (int code : codes) {
      BY_VENDOR_CODE.put(code, meaning);
    }
  }

  private static void classes(Meaning meaning, String... classes) {
    for (String name : classes) {
      BY_CLASS.put(name, meaning);
    }
  }

  /** The meaning of the first link of the chain that has one. */
  public static Meaning meaningOf(SQLException error) {
    Meaning found = search(error, SqlErrors::meaningOfLink);
    return found == null ? Meaning.UNKNOWN : found;
  }

  /** The link of the chain that has the meaning, which is the one that the server gave. */
  static SQLException speaking(SQLException error) {
    SQLException found = search(error, link -> meaningOfLink(link) == null ? null : link);
    return found == null ? error : found;
  }

  /** Whether a savepoint is not there: the transaction in which it was set is over. */
  public static boolean isSavepointGone(SQLException error) {
    String state = error.getSQLState();
    return error.getErrorCode() == MARIADB_NO_SAVEPOINT
        || error.getErrorCode() == H2_NO_SAVEPOINT
        || "3B001".equals(state)
        || "25P01".equals(state);
  }

  private static final int MARIADB_NO_SAVEPOINT = 1305;
  private static final int H2_NO_SAVEPOINT = 90063;

  private interface Question<T> {
    @Nullable T of(SQLException link);
  }

  private static <T> @Nullable T search(SQLException error, Question<T> question) {
    Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    Deque<Throwable> chain = new ArrayDeque<>();
    chain.add(error);
    while (!chain.isEmpty()) {
      Throwable link = chain.removeFirst();
      if (!seen.add(link)) {
        continue;
      }
      if (link instanceof SQLException sql) {
        T answer = question.of(sql);
        if (answer != null) {
          return answer;
        }
        addIfPresent(chain, sql.getNextException());
      }
      addIfPresent(chain, link.getCause());
    }
    return null;
  }

  private static @Nullable Meaning meaningOfLink(SQLException error) {
    if (OutdatedPlan.isSaidBy(error)) {
      return Meaning.TRANSACTION_DEAD;
    }
    Meaning byCode = BY_VENDOR_CODE.get(error.getErrorCode());
    if (byCode != null) {
      return byCode;
    }
    if (isConnectionType(error)) {
      return Meaning.UNKNOWN;
    }
    String state = error.getSQLState() == null ? "" : error.getSQLState();
    Meaning byState = BY_STATE.get(state);
    if (byState != null) {
      return byState;
    }
    if (state.length() != STATE_LENGTH) {
      return null;
    }
    Meaning byClass = BY_CLASS.get(state.substring(0, 2));
    if (byClass == null) {
      return Meaning.DATA; // A SQLSTATE of the application's own, raised in its trigger.
    }
    if (byClass != Meaning.UNKNOWN || state.startsWith("08")) {
      return byClass;
    }
    return isOfMariadbServer(error) ? Meaning.REFUSED : null;
  }

  private static final int STATE_LENGTH = 5;

  /** Codes of the server begin at 1000; those of the client library at 2000. */
  private static boolean isOfMariadbServer(SQLException error) {
    int code = error.getErrorCode();
    return (code >= 1000 && code < 2000) || (code >= 3000 && code < 5000);
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
