/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jetbrains.kotlin.cli.common.ExitCode;
import org.jetbrains.kotlin.cli.jvm.K2JVMCompiler;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A mapping as a user of Kotlin writes it compiles there, warnings being errors. */
@Tag("slow")
class KotlinMappingTest {

  private static final String MAPPING =
      """
      import org.occ4j.KeyCodec
      import org.occ4j.jdbc.Column
      import org.occ4j.jdbc.ColumnType
      import org.occ4j.jdbc.TableMapping

      data class Task(val id: Long, val title: String, val note: String?)

      val title: Column<Task, String> = Column("title", ColumnType.text(), Task::title)
      val note: Column<Task, String> = %s

      val tasks: TableMapping<Long, Task> =
          TableMapping.of<Long, Task>("task")
              .key("id", KeyCodec.longs(), ColumnType.longs())
              .version("version")
              .columns(listOf(title, note))
              .reading { id, row -> Task(id, row.require(title), row.get(note)) }
      """;

  @TempDir private Path folder;

  private final ByteArrayOutputStream said = new ByteArrayOutputStream();

  private ExitCode compile(String note) throws IOException {
    Path source = Files.writeString(folder.resolve("Task.kt"), MAPPING.formatted(note));
    return new K2JVMCompiler()
        .exec(
            new PrintStream(said, true, StandardCharsets.UTF_8),
            source.toString(),
            "-d",
            folder.resolve("classes").toString(),
            "-classpath",
            System.getProperty("java.class.path"),
            "-no-stdlib",
            "-Werror");
  }

  @Test
  void nullable_aColumnThatMayBeNull_compiles() throws IOException {
    assertThat(compile("Column.nullable(\"note\", ColumnType.text(), Task::note)"))
        .as(said.toString(StandardCharsets.UTF_8))
        .isEqualTo(ExitCode.OK);
  }

  /** Shows that the test above can fail: the constructor takes no function that may give null. */
  @Test
  void constructor_aColumnThatMayBeNull_doesNotCompile() throws IOException {
    assertThat(compile("Column(\"note\", ColumnType.text(), Task::note)"))
        .isEqualTo(ExitCode.COMPILATION_ERROR);
  }
}
