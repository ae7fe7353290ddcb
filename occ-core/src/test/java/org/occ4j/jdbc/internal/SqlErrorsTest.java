/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.BatchUpdateException;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.occ4j.jdbc.internal.SqlErrors.Meaning;

/**
 * Each engine's codes, as its documentation and the traps collected in docs/engines.md give them.
 */
class SqlErrorsTest {

  @ParameterizedTest(name = "{0}: {1}/{2} is {3}")
  @CsvSource({
    "serialization failure,         40001,     0, TRANSACTION_DEAD",
    "PostgreSQL deadlock,           40P01,     0, TRANSACTION_DEAD",
    "MariaDB deadlock,              40001,  1213, TRANSACTION_DEAD",
    "MariaDB snapshot isolation,    HY000,  1020, TRANSACTION_DEAD",
    "H2 concurrent update,          90131, 90131, TRANSACTION_DEAD",
    "PostgreSQL lock timeout,       55P03,     0, BUSY",
    "PostgreSQL statement timeout,  57014,     0, BUSY",
    "MariaDB lock wait timeout,     HY000,  1205, BUSY",
    "the same by MySQL's driver,    40001,  1205, BUSY",
    "H2 lock timeout,               HYT00, 50200, BUSY",
    "unique violation,              23505,     0, DUPLICATE",
    "MariaDB duplicate key,         23000,  1062, DUPLICATE",
    "connection failure,            08006,     0, UNKNOWN",
    "connection does not exist,     08003,     0, UNKNOWN",
    "completion unknown,            40003,     0, UNKNOWN",
    "PostgreSQL admin shutdown,     57P01,     0, UNKNOWN",
    "PostgreSQL crash shutdown,     57P02,     0, UNKNOWN",
    "H2 database closed,            90121, 90121, UNKNOWN",
    "PostgreSQL read-only,          25006,     0, READ_ONLY",
    "MariaDB read-only,             HY000,  1290, READ_ONLY",
    "integrity at commit,           40002,     0, DATA",
    "syntax error,                  42601,     0, STATEMENT",
    "right is missing,              42501,     0, STATEMENT",
    "foreign key,                   23503,     0, DATA",
    "exclusion,                     23P01,     0, DATA",
    "value too long,                22001,     0, DATA",
    "PostgreSQL RAISE,              P0001,     0, DATA",
    "SIGNAL without a code,         45000,     0, DATA",
    "RAISE with a state of its own, TK001,     0, DATA",
    "index row too long,            54000,     0, DATA",
    "MariaDB SIGNAL,                45000,  1644, DATA",
    "MariaDB foreign key,           23000,  1452, DATA",
    "MariaDB check,                 23000,  4025, DATA",
    "MariaDB no default,            HY000,  1364, DATA",
    "MySQL check,                   HY000,  3819, DATA",
    "H2 trigger threw,              90044, 90044, DATA",
    "MariaDB table is missing,      42S02,  1146, STATEMENT",
    "H2 table is missing,           42S02, 42102, STATEMENT",
    "earlier statement failed,      25P02,     0, TRANSACTION_FAILED",
    "PostgreSQL out of connections, 53300,     0, READ_ONLY",
    "MariaDB out of connections,    08004,  1040, READ_ONLY",
    "Galera node not ready,         08S01,  1047, READ_ONLY",
    "MariaDB table is full,         HY000,  1114, READ_ONLY",
    "MariaDB table was altered,     HY000,  1412, TRANSACTION_DEAD",
    "MariaDB killed query,          70100,  1317, INTERRUPTED",
    "MariaDB max_statement_time,    70100,  1969, INTERRUPTED",
    "plan outdated by DDL,          0A000,     0, REFUSED",
    "PostgreSQL internal,           XX000,     0, REFUSED",
    "MariaDB any other code,        HY000,  1533, REFUSED",
    "killed connection,             70100,  1927, UNKNOWN",
    "MariaDB failed in commit,      HY000,  1180, UNKNOWN",
    "idle session ended,            25P03,     0, UNKNOWN",
    "driver: general,               S1000,     0, UNKNOWN",
    "driver: general,               HY000,    -1, UNKNOWN",
    "driver: unexpected,            99999,     0, UNKNOWN",
    "driver: no data,               02000,     0, UNKNOWN",
    "driver: wrong type,            07006,     0, UNKNOWN",
    "H2: unforeseen,                HY000, 50000, UNKNOWN",
    "PostgreSQL disk full,          53100,     0, READ_ONLY",
    "PostgreSQL I/O error,          58030,     0, UNKNOWN",
    "MariaDB disk full,             HY000,  1021, READ_ONLY",
    "MariaDB engine: no space,      HY000,  1030, READ_ONLY",
    "MariaDB log not written,       HY000,  1026, UNKNOWN",
    "MariaDB file not written,      HY000,     3, UNKNOWN",
    "H2 I/O exception,              90028, 90028, UNKNOWN",
    "H2 file is corrupted,          90030, 90030, UNKNOWN",
    "H2 I/O exception with a name,  90031, 90031, UNKNOWN",
  })
  void meaningOf_codes_followTheTable(String what, String state, int code, Meaning expected) {
    assertThat(SqlErrors.meaningOf(new SQLException(what, state, code))).isEqualTo(expected);
  }

  @Test
  void meaningOf_causeDeepInTheChain_isFound() {
    SQLException deadlock = new SQLException("deadlock", "40P01");
    SQLException wrapped = new SQLException("wrapped", new IllegalStateException(deadlock));
    assertThat(SqlErrors.meaningOf(wrapped)).isEqualTo(Meaning.TRANSACTION_DEAD);
  }

  @Test
  void meaningOf_nextExceptionOfABatch_isFound() {
    BatchUpdateException batch = new BatchUpdateException("batch", new int[] {1, -3});
    batch.setNextException(new SQLException("duplicate", "23505"));
    assertThat(SqlErrors.meaningOf(batch)).isEqualTo(Meaning.DUPLICATE);
  }

  @Test
  void meaningOf_ringOfCauses_ends() {
    SQLException first = new SQLException("first");
    SQLException second = new SQLException("second", first);
    first.setNextException(second);
    assertThat(SqlErrors.meaningOf(first)).isEqualTo(Meaning.UNKNOWN);
  }

  @Test
  void meaningOf_driverWithoutState_isReadFromItsType() {
    assertThat(SqlErrors.meaningOf(new SQLTransientConnectionException("pool timed out")))
        .isEqualTo(Meaning.UNKNOWN);
  }
}
