/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.occ4j.Expected;
import org.occ4j.jdbc.OccDatabase;
import org.occ4j.jdbc.TableMapping;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.TestDatabase;

/** The README's lines about a table of the service, read through a cache. */
class ReadmeCacheTest {

  @Test
  void readme_linesOnATableOfTheService_doWhatTheySay() throws Exception {
    TestDatabase database = Engine.H2_MEMORY.server().newDatabase();
    try (var keepsDatabaseAlive = database.connect();
        OccDatabase db = OccDatabase.builder(database.dataSource()).createSchema().open()) {
      database.execute(
          "CREATE TABLE task (id BIGINT PRIMARY KEY, title VARCHAR(100) NOT NULL,"
              + " done BOOLEAN NOT NULL, version BIGINT NOT NULL)");
      // <cache>
      record Task(long id, String title, boolean done) {}

      var tasks = db.store(TableMapping.record(Task.class, Long.class).build());
      var cached = JdbcTaggedCache.of(tasks).maximumSize(10_000).build();

      tasks.put(42L, new Task(42, "Ship", false), Expected.absent()).orThrow();
      Task shipped = cached.get(42L).orElseThrow().value(); // no write can forget the cache
      // </cache>
      assertThat(shipped.title()).isEqualTo("Ship");
      tasks.put(42L, new Task(42, "Ship it", true), Expected.present()).orThrow();
      assertThat(cached.get(42L).orElseThrow().value().title()).isEqualTo("Ship it");
      cached.close();
      assertThat(keepsDatabaseAlive.isClosed()).isFalse();
    }
  }

  @Test
  void readme_code_isThatOfThisTest() throws IOException {
    Path here = Path.of("src/test/java/org/occ4j/cache/jdbc/ReadmeCacheTest.java");
    String code = Files.readString(here).split("// </?cache>", -1)[1];
    assertThat(stripped(Files.readString(Path.of("../README.md")))).contains(stripped(code));
  }

  private static String stripped(String text) {
    return Arrays.stream(text.split("\n")).map(String::strip).collect(Collectors.joining("\n"));
  }
}
