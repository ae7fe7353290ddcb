/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Java on a page is compiled: each block stands, apart from blanks and comments, in a source file
 * of some module.
 */
class DocsSnippetsTest {
  private static final Path ROOT = Path.of("..");
  private static final Pattern BLOCK = Pattern.compile("(?ms)^```java\n(.*?)^```");

  @Test
  void blocks_ofJava_standInASourceThatIsCompiled() throws IOException {
    StringBuilder sources = new StringBuilder();
    for (Path source : files(".java")) {
      if (!source.toString().contains("/resources/")) {
        sources.append(bare(Files.readString(source))).append('\n');
      }
    }
    List<String> strangers = new ArrayList<>();
    int blocks = 0;
    for (Path page : files(".md")) {
      Matcher block = BLOCK.matcher(Files.readString(page));
      while (block.find()) {
        blocks++;
        if (sources.indexOf(bare(block.group(1))) < 0) {
          strangers.add(ROOT.relativize(page) + ":\n" + block.group(1));
        }
      }
    }
    assertThat(strangers).isEmpty();
    assertThat(blocks).as("blocks that were looked for").isGreaterThan(10);
  }

  @Test
  void bare_leavesOutBlanksAndComments() {
    assertThat(bare("a  (b); // c\n  d(\"http://e\");")).isEqualTo("a(b);d(\"http://e\");");
    assertThat(bare("a(b);")).isNotEqualTo(bare("a(c);"));
  }

  /** Without blanks and without comments at the ends of lines. */
  private static String bare(String code) {
    return code.replaceAll("(?m)(^|\\s)//.*$", "").replaceAll("\\s", "");
  }

  private static List<Path> files(String end) throws IOException {
    try (Stream<Path> files = Files.walk(ROOT)) {
      return files
          .filter(file -> file.toString().endsWith(end))
          .filter(file -> !file.toString().contains("/target/"))
          .toList();
    }
  }
}
