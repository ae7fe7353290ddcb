/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.occ4j.testkit.Engine;

class H2SpringTransactionTest extends SpringTransactionContract {
  H2SpringTransactionTest() {
    super(Engine.H2_MEMORY);
  }

  @Test
  void docs_showTheExampleAsItIs() throws IOException {
    List<String> here =
        between(
            Path.of("src/test/java/org/occ4j/examples/SpringTasks.java"),
            "// <docs>",
            "// </docs>");
    assertThat(here).isNotEmpty();
    assertThat(between(Path.of("../docs/spring.md"), "```java", "```")).isEqualTo(here);
  }

  private static List<String> between(Path file, String from, String to) throws IOException {
    try (Stream<String> lines = Files.lines(file)) {
      return lines
          .dropWhile(line -> !line.equals(from))
          .skip(1)
          .takeWhile(line -> !line.equals(to))
          .toList();
    }
  }
}
