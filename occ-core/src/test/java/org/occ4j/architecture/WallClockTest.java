/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.architecture;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import java.nio.file.Path;
import java.time.Clock;
import java.time.InstantSource;
import java.time.LocalDateTime;
import java.util.Calendar;
import java.util.Date;
import org.junit.jupiter.api.Test;

/**
 * A node whose wall clock is an hour off, or steps, behaves like any other: over JDBC no lease,
 * claim, version, time or retention can come from that clock, because nothing reads it. What lives
 * in memory may be given an {@link InstantSource}, for times that people read and for the first
 * version of a process.
 */
class WallClockTest {
  private static final ArchRule NO_WALL_CLOCK =
      noClasses()
          .should()
          .callMethod(System.class, "currentTimeMillis")
          .orShould()
          .callMethodWhere(
              target(name("now"))
                  .and(target(owner(JavaClass.Predicates.resideInAPackage("java.time")))))
          .orShould()
          .callConstructor(Date.class)
          .orShould()
          .dependOnClassesThat()
          .belongToAnyOf(Clock.class, Calendar.class);

  private static final ArchRule NO_CLOCK_OVER_JDBC =
      noClasses()
          .that()
          .resideInAPackage("org.occ4j.jdbc..")
          .should()
          .dependOnClassesThat()
          .belongToAnyOf(InstantSource.class);

  @Test
  void library_readsNoWallClock() {
    var library = new ClassFileImporter().importPath(Path.of("target", "classes"));
    NO_WALL_CLOCK.check(library);
    NO_CLOCK_OVER_JDBC.check(library);
  }

  @Test
  void rule_isBrokenByOneWhoReadsIt() {
    var twin = new ClassFileImporter().importClasses(ReadsTheWallClock.class);
    assertThatThrownBy(() -> NO_WALL_CLOCK.check(twin))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("currentTimeMillis")
        .hasMessageContaining("LocalDateTime.now");
  }

  private static final class ReadsTheWallClock {
    @SuppressWarnings("unused")
    long expiry(long length) {
      return System.currentTimeMillis() + length;
    }

    @SuppressWarnings({"unused", "JavaTimeDefaultTimeZone"})
    LocalDateTime today() {
      return LocalDateTime.now();
    }
  }
}
