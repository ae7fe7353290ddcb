/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.idempotency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.occ4j.Codec;

class IdempotencyOptionsTest {
  private static final IdempotencyOptions<String> HOW =
      IdempotencyOptions.returning(Codec.strings());

  /** A lease of nothing is neither no lease nor an endless one. */
  @Test
  void lease_notPositiveOrNull_isRefusedByName() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> HOW.toBuilder().lease(Duration.ZERO).build())
        .withMessageContaining("lease");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> HOW.toBuilder().lease(Duration.ofSeconds(-1)).build());
    assertThatNullPointerException().isThrownBy(() -> HOW.toBuilder().lease(null).build());
  }

  @Test
  void retention_isAnotherSettingThanTheLease() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> HOW.toBuilder().retention(Duration.ZERO).build())
        .withMessageContaining("retention");
    assertThat(HOW.toBuilder().retention(Duration.ofDays(7)).build().lease())
        .isEqualTo(HOW.lease());
    assertThat(HOW.toBuilder().lease(Duration.ofSeconds(5)).build().retention())
        .isEqualTo(HOW.retention());
  }

  @Test
  void sizes_negative_areRefusedByName() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> HOW.toBuilder().maxAnswerBytes(-1).build())
        .withMessageContaining("maxAnswerBytes");
  }
}
