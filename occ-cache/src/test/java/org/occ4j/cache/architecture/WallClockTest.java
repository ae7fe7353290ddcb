/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.util.Calendar;
import java.util.Date;
import org.junit.jupiter.api.Test;

/**
 * A node whose wall clock is a quarter of an hour off behaves like any other, because nothing in
 * the cache can read that clock.
 */
class WallClockTest {
  private static final ArchRule NO_WALL_CLOCK =
      noClasses()
          .should()
          .callMethod(System.class, "currentTimeMillis")
          .orShould()
          .dependOnClassesThat()
          .belongToAnyOf(
              Clock.class,
              Instant.class,
              LocalDateTime.class,
              OffsetDateTime.class,
              ZonedDateTime.class,
              Calendar.class,
              Date.class);

  @Test
  void cache_readsNoWallClock() {
    NO_WALL_CLOCK.check(new ClassFileImporter().importPath(Path.of("target", "classes")));
  }

  @Test
  void rule_isBrokenByOneWhoReadsIt() {
    var classes = new ClassFileImporter().importClasses(Reader.class);
    assertThatThrownBy(() -> NO_WALL_CLOCK.check(classes)).isInstanceOf(AssertionError.class);
  }

  /** Does what the cache must not. */
  static final class Reader {
    static long now() {
      return System.currentTimeMillis();
    }

    private Reader() {}
  }
}
