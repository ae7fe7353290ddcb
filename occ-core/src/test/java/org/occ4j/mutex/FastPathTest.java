/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutex;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.Test;

/**
 * What HotSpot may inline: the way of a free key into everybody who acquires, the way of a taken
 * key into nobody. The sizes are those of the compiler's default settings, in bytecodes.
 */
class FastPathTest {
  private static final int FREQ_INLINE_SIZE = 325;
  private static final int MAX_INLINE_SIZE = 35;

  @Test
  void waiting_isTooLargeToBeInlined() throws Exception {
    assertThat(size(ThreadWaiter.class, "boolean await(")).isGreaterThan(FREQ_INLINE_SIZE);
  }

  @Test
  void release_isSmallEnoughToBeInlinedEverywhere() throws Exception {
    assertThat(size(Grant.class, "void close(")).isLessThanOrEqualTo(MAX_INLINE_SIZE);
    assertThat(size(SlotTable.class, "boolean vacate(")).isLessThanOrEqualTo(MAX_INLINE_SIZE);
    assertThat(size(SlotTable.class, "boolean claim(")).isLessThanOrEqualTo(MAX_INLINE_SIZE);
  }

  /** Where the last instruction of a method begins. */
  private static int size(Class<?> type, String method) throws Exception {
    Path file = Path.of(type.getResource(type.getSimpleName() + ".class").toURI());
    var out = new ByteArrayOutputStream();
    PrintStream print = new PrintStream(out, true, UTF_8);
    ToolProvider javap = ToolProvider.findFirst("javap").orElseThrow();
    assertThat(javap.run(print, print, "-p", "-c", file.toString())).isZero();
    String text = out.toString(UTF_8);
    int begin = text.indexOf(method);
    assertThat(begin).as(method).isPositive();
    String code = text.substring(begin, text.indexOf("\n\n", begin));
    Matcher instruction = Pattern.compile("(?m)^ +(\\d+): [a-z]").matcher(code);
    int last = 0;
    while (instruction.find()) {
      last = Integer.parseInt(instruction.group(1));
    }
    return last;
  }
}
