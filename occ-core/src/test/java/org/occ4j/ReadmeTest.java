/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.occ4j.jdbc.OccDatabase;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationResult;
import org.occ4j.testkit.Engine;

/** The lines of code on the first page compile, do what they say, and are the lines there. */
class ReadmeTest {

  @Test
  void readme_linesOfCode_doWhatTheySay() throws Exception {
    DataSource dataSource = Engine.H2_MEMORY.server().newDatabase().dataSource();
    try (var keepsDatabaseAlive = dataSource.getConnection()) {
      OccDatabase.builder(dataSource).createSchema().open().close();
      long seen = 0;
      try (OccDatabase prepared = OccDatabase.open(dataSource)) {
        seen =
            prepared
                .store("task", KeyCodec.strings(), Codec.strings())
                .put("42", "Ship", Expected.absent())
                .orThrow()
                .version();
      }
      assertThat(answer(dataSource, UUID.randomUUID().toString(), seen))
          .matches("200, now version \\d+")
          .isNotEqualTo("200, now version " + seen);
      assertThat(answer(dataSource, UUID.randomUUID().toString(), seen))
          .startsWith("409, and this is there now: Versioned[value=Ship it, ");
      assertThat(keepsDatabaseAlive.isClosed()).isFalse();
    }
  }

  private static String answer(DataSource dataSource, String clientMutationId, long seen)
      throws InterruptedException {
    // <readme>
    OccDatabase db = OccDatabase.open(dataSource);
    var tasks = db.store("task", KeyCodec.strings(), Codec.strings());
    var pipeline = db.pipeline(tasks, Codec.strings()).build();

    var id = MutationId.parse(new Scope("acme", "ana", "task.rename"), clientMutationId);
    var edit = Edit.update((String title) -> "Ship it");
    var rename =
        Mutation.of(id, "42", Expected.version(seen), edit).tags(Tag.of("task", 42)).build();
    var result = pipeline.apply(rename); // sent twice, it is done once and answered twice
    String answer;
    if (result instanceof MutationResult.Applied<String> applied) {
      answer = "200, now version " + applied.current().version();
    } else if (result instanceof MutationResult.Conflicted<String> conflicted) {
      answer = "409, and this is there now: " + conflicted.current();
    } else {
      answer = "not done: " + ((MutationResult.NotApplied<String>) result).detail();
    }
    // </readme>
    db.close();
    return answer;
  }

  @Test
  void readme_code_isThatOfThisTest() throws IOException {
    List<String> here =
        between(Path.of("src/test/java/org/occ4j/ReadmeTest.java"), "// <readme>", "// </readme>");
    List<String> there = between(Path.of("../README.md"), "```java", "```");
    assertThat(there).isEqualTo(here);
  }

  /** The lines between two marks, without their indentation. */
  private static List<String> between(Path file, String from, String to) throws IOException {
    try (Stream<String> lines = Files.lines(file)) {
      return lines
          .map(String::strip)
          .dropWhile(line -> !line.equals(from))
          .skip(1)
          .takeWhile(line -> !line.equals(to))
          .toList();
    }
  }
}
