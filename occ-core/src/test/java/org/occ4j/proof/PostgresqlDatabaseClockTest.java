/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.proof;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.occ4j.Expected;
import org.occ4j.testkit.Engine;

@Tag(Engine.POSTGRESQL_TAG)
@EnabledIfSystemProperty(named = "occ.faketime", matches = ".+")
class PostgresqlDatabaseClockTest extends DatabaseClockContract {
  PostgresqlDatabaseClockTest() {
    super(Engine.POSTGRESQL);
  }

  /**
   * As if it had been set back to the very microsecond. MariaDB's goes on by one for each
   * statement.
   */
  @Test
  void version_clockStandsStill_isGivenAgainWhenAnotherNodeHasDeletedTheKey() throws Exception {
    clock.stop(Instant.now().truncatedTo(ChronoUnit.SECONDS));
    long first = store(one).put(KEY, "first", Expected.absent()).orThrow().version();
    store(two).delete(KEY, Expected.version(first)).orThrow();
    long again = store(one).put(KEY, "another content", Expected.absent()).orThrow().version();
    assertThat(again).as("what does not hold: one content for each version").isEqualTo(first);
  }
}
