/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.Tag;
import org.occ4j.testkit.ChildJvm;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.TestDatabase;

/** The process that H2 lives in is killed; it never closes its file. */
@Tag("slow")
class H2CrashTest extends CrashContract {
  private final TestDatabase database = Engine.H2.server().newDatabase();
  private final Path file =
      Path.of(database.jdbcUrl().replaceAll("^jdbc:h2:file:|;.*$", "") + ".mv.db");
  private final Path copy = file.resolveSibling("copy.mv.db");

  @Override
  DataSource dataSource() {
    return database.dataSource();
  }

  @Override
  Life begin(int round, int limit) {
    ChildJvm child =
        ChildJvm.start(
            CrashWriter.class,
            database.jdbcUrl(),
            database.user(),
            database.password(),
            "r" + round,
            Integer.toString(limit));
    return new Life() {
      @Override
      public List<String> journal() {
        return child.output();
      }

      @Override
      public void kill() throws Exception {
        child.kill();
        child.awaitExit();
      }
    };
  }

  @Override
  void copyData() throws Exception {
    Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
  }

  @Override
  void bringBackCopy() throws Exception {
    Files.copy(copy, file, StandardCopyOption.REPLACE_EXISTING);
  }
}
