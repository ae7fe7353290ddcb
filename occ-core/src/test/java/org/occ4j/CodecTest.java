/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CodecTest {

  @Test
  void functions_thatThrowCheckedExceptions_failAsOthersDo() {
    IOException broken = new IOException("broken");
    Codec<String> codec =
        Codec.of(
            "task/1",
            text -> {
              throw broken;
            },
            bytes -> {
              throw broken;
            });
    assertThatThrownBy(() -> codec.encode("a"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("task/1")
        .hasCause(broken);
    assertThatThrownBy(() -> codec.decode(new byte[0]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("task/1")
        .hasCause(broken);
  }

  @ParameterizedTest
  @CsvSource({
    "task/2, task/2, true",
    "task/2, task/1, true",
    "task/2, task/3, false",
    "task/10, task/9, true",
    "task/9, task/10, false",
    "task/1, text/1, false",
    "a/task/2, a/task/1, true",
    "b/task/2, a/task/1, false",
    // Without a version, then with one.
    "task/1, task, true",
    "task, task/1, false",
    "task, task, true",
    // No version is a name: these are other formats.
    "application/json, application/xml, false",
    "application/json, application/json, true",
    "task/2b, task/1, false",
    "task/-2, task/-1, false",
    "task/, task, false",
    "task/12345678901234567890, task/1, false",
  })
  void reads_ofItself_dependsOnNameAndVersion(String reader, String writer, boolean reads) {
    Codec<String> codec = Codec.of(reader, Codec.strings()::encode, Codec.strings()::decode);
    assertThat(codec.reads(writer)).isEqualTo(reads);
  }
}
