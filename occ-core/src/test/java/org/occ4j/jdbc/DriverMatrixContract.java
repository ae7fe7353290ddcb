/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.occ4j.testkit.DatabaseSmoke;
import org.occ4j.testkit.TestDatabase;

/**
 * Everything once, by a driver with options that change how it prepares, caches, batches, fetches
 * or reads. By default the combinations that pools recommend and the riskiest options run; with
 * {@code -Docc.matrix=full} all.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class DriverMatrixContract {

  private static final boolean FULL = "full".equals(System.getProperty("occ.matrix"));

  private final String separator;

  /** A matrix; the separator stands before each option in an address. */
  DriverMatrixContract(String separator) {
    this.separator = separator;
  }

  /** Combinations and single options that always run, separated by blanks within a combination. */
  abstract List<String> riskiest();

  /** All the others. */
  abstract List<String> others();

  /** What is refused when the database is opened. */
  abstract List<String> refused();

  /**
   * How often all is done; past the number of executions from which the driver prepares. Each round
   * sends most statements several times.
   */
  int rounds(boolean full) {
    return 3;
  }

  /** A database with the library's tables and those of an application, for a case. */
  abstract TestDatabase database(String options) throws Exception;

  /** The same database with these options, each of which begins with the separator. */
  TestDatabase with(TestDatabase database, String options) {
    return new TestDatabase(
        database.engine(), database.jdbcUrl() + options, database.user(), database.password());
  }

  Stream<String> options() {
    return FULL ? Stream.concat(riskiest().stream(), others().stream()) : riskiest().stream();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("options")
  void rounds_driverWithTheOptions_answerAsWithDefaults(String options) throws Exception {
    TestDatabase database = database(options);
    try (HikariDataSource tested = with(database, separated(options)).pool(2);
        HikariDataSource plain = database.pool(3);
        DatabaseSmoke smoke = new DatabaseSmoke(tested, plain)) {
      for (int i = 0; i < rounds(FULL); i++) {
        smoke.round();
      }
      smoke.slowRound();
    }
  }

  @ParameterizedTest(name = "{0}", allowZeroInvocations = true)
  @MethodSource("refused")
  void open_optionThatTheLibraryCannotWorkWith_isRefusedByName(String options) throws Exception {
    try (HikariDataSource pool = with(database(options), separated(options)).pool(1)) {
      String last = options.substring(options.lastIndexOf(' ') + 1);
      assertThatThrownBy(() -> OccDatabase.open(pool))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining(last.substring(0, last.indexOf('=')));
    }
  }

  String separated(String options) {
    return separator + options.replace(" ", separator);
  }
}
