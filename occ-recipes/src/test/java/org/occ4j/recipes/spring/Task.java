/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.recipes.spring;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;
import org.occ4j.Codec;
import org.occ4j.KeyCodec;
import org.occ4j.jdbc.Column;
import org.occ4j.jdbc.ColumnType;
import org.occ4j.jdbc.TableMapping;
import org.occ4j.jdbc.VersionScheme;

/** What the store keeps of a task, in the table that {@link TaskEntity} is mapped to as well. */
record Task(String title, boolean done) {

  private static final Column<Task, String> TITLE =
      new Column<>("title", ColumnType.text(), Task::title);
  private static final Column<Task, Boolean> DONE =
      new Column<>("done", ColumnType.booleans(), Task::done);

  /** {@code COUNTER}, for {@code @Version} counts by one; each sees the other's writes. */
  static final TableMapping<String, Task> MAPPING =
      TableMapping.<String, Task>of("task")
          .key("id", KeyCodec.strings(), ColumnType.text())
          .version("version")
          .versions(VersionScheme.COUNTER)
          .columns(List.of(TITLE, DONE))
          .reading((id, row) -> new Task(row.require(TITLE), row.require(DONE)));

  /** How an answer is kept for replays. */
  static final Codec<Task> CODEC =
      Codec.of(
          "task",
          task -> ((task.done() ? "x" : "-") + task.title()).getBytes(UTF_8),
          bytes -> {
            String text = new String(bytes, UTF_8);
            return new Task(text.substring(1), text.charAt(0) == 'x');
          });

  Task completed() {
    return new Task(title, true);
  }
}
