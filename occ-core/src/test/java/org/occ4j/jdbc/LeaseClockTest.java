/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.util.Date;
import org.junit.jupiter.api.Test;

/** A wall clock that is wrong or steps cannot hurt a lease: nothing reads it. */
class LeaseClockTest {
  private static final ArchRule NOTHING_READS_THE_WALL_CLOCK =
      noClasses()
          .should()
          .callMethod(System.class, "currentTimeMillis")
          .orShould()
          .callMethod(Instant.class, "now")
          .orShould()
          .callConstructor(Date.class)
          .orShould()
          .dependOnClassesThat()
          .belongToAnyOf(
              Clock.class, LocalDateTime.class, OffsetDateTime.class, ZonedDateTime.class);

  @Test
  void leases_neverReadTheWallClock() {
    JavaClasses leases =
        new ClassFileImporter()
            .importClasses(
                JdbcLeaseMutex.class,
                Lease.class,
                LeaseAnswer.class,
                LeaseAttempts.class,
                LeaseBid.class,
                LeaseFuture.class,
                LeaseHandOn.class,
                LeaseHandle.class,
                LeaseKeeper.class,
                LeaseKey.class,
                LeaseLeaks.class,
                LeaseLock.class,
                LeaseNode.class,
                LeasePoller.class,
                LeasePostgresql.class,
                LeaseMariadb.class,
                LeaseH2.class,
                LeaseRelease.class,
                LeaseSql.class,
                LeaseTable.class,
                LeaseTerms.class,
                LeaseTurns.class,
                LeaseWait.class,
                LeaseWaiter.class,
                Transactions.class);
    NOTHING_READS_THE_WALL_CLOCK.check(leases);
  }

  @Test
  void brokenTwin_isCaught() {
    JavaClasses twin = new ClassFileImporter().importClasses(ReadsTheWallClock.class);
    assertThatThrownBy(() -> NOTHING_READS_THE_WALL_CLOCK.check(twin))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("currentTimeMillis");
  }

  private static final class ReadsTheWallClock {
    @SuppressWarnings("unused")
    long expiry(long length) {
      return System.currentTimeMillis() + length;
    }
  }
}
