/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import java.util.zip.DataFormatException;
import org.junit.jupiter.api.Test;

class DeflatedBytesTest {

  @Test
  void deflate_whatRepeats_isShorterAndComesBack() throws Exception {
    for (int length : new int[] {100, 1_025, 70_000, DeflatedBytes.LONGEST_BYTES}) {
      byte[] plain = "the same again ".repeat(length / 15 + 1).substring(0, length).getBytes(UTF_8);
      byte[] deflated = deflated(plain);
      assertThat(deflated.length).isLessThan(length);
      assertThat(DeflatedBytes.inflate(deflated)).isEqualTo(plain);
    }
  }

  @Test
  void deflate_whatDoesNotGetShorterOrIsTooLong_isNull() {
    byte[] noise = new byte[5_000];
    new Random(1).nextBytes(noise);
    assertThat(DeflatedBytes.deflate(noise)).isNull();
    assertThat(DeflatedBytes.deflate(new byte[0])).isNull();
    assertThat(DeflatedBytes.deflate(new byte[4])).isNull();
    assertThat(DeflatedBytes.deflate(new byte[DeflatedBytes.LONGEST_BYTES + 1])).isNull();
  }

  @Test
  void inflate_moreThanItSays_isRefused() {
    byte[] deflated = deflated(new byte[1_000_000]);
    for (int claimed : new int[] {0, 999_999, 1_000_001, DeflatedBytes.LONGEST_BYTES + 1, -1}) {
      ByteBuffer.wrap(deflated).putInt(claimed);
      assertRefused(deflated);
    }
  }

  @Test
  void inflate_damaged_isRefused() {
    byte[] deflated = deflated("the same again ".repeat(100).getBytes(UTF_8));
    assertRefused(Arrays.copyOf(deflated, deflated.length - 1));
    assertRefused(Arrays.copyOf(deflated, 3));
    deflated[deflated.length - 1] ^= 1;
    assertRefused(deflated);
  }

  private static byte[] deflated(byte[] plain) {
    return Objects.requireNonNull(DeflatedBytes.deflate(plain));
  }

  private static void assertRefused(byte[] deflated) {
    assertThatThrownBy(() -> DeflatedBytes.inflate(deflated))
        .isInstanceOf(DataFormatException.class);
  }
}
