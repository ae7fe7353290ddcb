/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.BatchUpdateException;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.occ4j.jdbc.SqlErrors.Meaning;

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
    "connection failure,            08006,     0, CONNECTION_LOST",
    "connection does not exist,     08003,     0, CONNECTION_LOST",
    "completion unknown,            40003,     0, CONNECTION_LOST",
    "PostgreSQL admin shutdown,     57P01,     0, CONNECTION_LOST",
    "PostgreSQL crash shutdown,     57P02,     0, CONNECTION_LOST",
    "H2 database closed,            90121, 90121, CONNECTION_LOST",
    "PostgreSQL read-only,          25006,     0, READ_ONLY",
    "MariaDB read-only,             HY000,  1290, READ_ONLY",
    "integrity at commit,           40002,     0, REFUSED",
    "syntax error,                  42601,     0, REFUSED",
    "foreign key,                   23503,     0, REFUSED",
    "MariaDB foreign key,           23000,  1452, REFUSED",
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
    assertThat(SqlErrors.meaningOf(first)).isEqualTo(Meaning.REFUSED);
  }

  @Test
  void meaningOf_driverWithoutState_isReadFromItsType() {
    assertThat(SqlErrors.meaningOf(new SQLTransientConnectionException("pool timed out")))
        .isEqualTo(Meaning.CONNECTION_LOST);
  }
}
