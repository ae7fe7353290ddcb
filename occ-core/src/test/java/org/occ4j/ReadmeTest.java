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
import org.occ4j.mutation.MutationPipeline;
import org.occ4j.mutation.MutationResult;
import org.occ4j.store.VersionedStore;
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
    OccDatabase db = OccDatabase.builder(dataSource).createSchema().open();
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
  void readme_linesInMemory_doWhatTheySay() throws InterruptedException {
    // <memory>
    var tasks = VersionedStore.<String, String>inMemory(KeyCodec.strings());
    var pipeline = MutationPipeline.inMemory(tasks).build();

    long seen = tasks.put("42", "Tidy", Expected.absent()).orThrow().version();
    tasks.put("42", "Tidy up", Expected.version(seen)).orThrow(); // somebody else was faster

    var id = new MutationId(new Scope("acme", "ana", "task.rename"), UUID.randomUUID());
    var rename = Mutation.of(id, "42", Expected.version(seen), Edit.set("Tidy all")).build();
    var result = pipeline.apply(rename);
    System.out.println(result); // Conflicted[expected=.., current=Versioned[value=Tidy up, ..
    // </memory>
    assertThat(result.toString()).startsWith("Conflicted[expected=");
    assertThat(result.toString()).contains("current=Versioned[value=Tidy up, ");
  }

  @Test
  void readme_code_isThatOfThisTest() throws IOException {
    Path here = Path.of("src/test/java/org/occ4j/ReadmeTest.java");
    Path readme = Path.of("../README.md");
    assertThat(between(readme, "```java", "```", 0))
        .isEqualTo(between(here, "// <memory>", "// </memory>", 0));
    assertThat(between(readme, "```java", "```", 1))
        .isEqualTo(between(here, "// <readme>", "// </readme>", 0));
  }

  /** The lines between two marks, without their indentation, after so many such blocks. */
  private static List<String> between(Path file, String from, String to, int blocks)
      throws IOException {
    try (Stream<String> lines = Files.lines(file)) {
      List<String> rest = lines.map(String::strip).toList();
      for (int i = 0; i < blocks; i++) {
        rest = rest.subList(rest.indexOf(from) + 1, rest.size());
      }
      rest = rest.subList(rest.indexOf(from) + 1, rest.size());
      return rest.subList(0, rest.indexOf(to));
    }
  }
}
