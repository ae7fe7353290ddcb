/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.occ4j.OccException;
import org.occ4j.OutcomeUnknownException;
import org.occ4j.StoreUnavailableException;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.TestDatabase;

/** There is no wire to an embedded database, so the calls of its driver fail. */
class H2StoreFaultsTest extends StoreFaultsContract {
  private final SQLException lost = new SQLException("thrown by a test", "08006");

  H2StoreFaultsTest() {
    super(Engine.H2);
  }

  @Override
  TestDatabase readOnly(TestDatabase writable) {
    return new TestDatabase(
        writable.engine(),
        writable.jdbcUrl() + ";ACCESS_MODE_DATA=r",
        writable.user(),
        writable.password());
  }

  /** A {@code writeAll} is so many single writes here. */
  static Stream<Arguments> transactions() {
    return operations().filter(each -> !each.get()[0].toString().equals("writeAll"));
  }

  @ParameterizedTest
  @MethodSource("transactions")
  void write_callToTheDatabaseFails_isUnavailableAndNotDone(Operation operation, boolean recorded)
      throws Exception {
    FaultyDataSource faulty = new FaultyDataSource(database().dataSource());
    try (OccDatabase node = OccDatabase.open(faulty)) {
      JdbcVersionedStore<String, String> store = store(node).recordChanges(recorded);
      int nth = 0;
      do {
        reset();
        faulty.failAt(++nth, lost);
        OccException failure = failureOf(operation, store);
        if (faulty.isDue()) { // no such call any more
          assertThat(failure).isNull();
          assertThat(state()).isEqualTo(operation.after(recorded));
        } else {
          assertThat(failure)
              .as("failure at call %s", nth)
              .isExactlyInstanceOf(
                  faulty.lastCall().equals("commit")
                      ? OutcomeUnknownException.class
                      : StoreUnavailableException.class);
          assertThat(state()).isEqualTo(BEFORE);
          assertWorks(operation, store.recordChanges(true));
        }
      } while (!faulty.isDue());
      assertThat(nth).as("calls").isGreaterThan(2);
    }
  }
}
