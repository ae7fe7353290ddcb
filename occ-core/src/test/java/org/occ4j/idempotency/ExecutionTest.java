/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.idempotency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.occ4j.Codec;

class ExecutionTest {
  private static final Execution<String> HOW = Execution.returning(Codec.strings());

  /** A lease of nothing is neither no lease nor an endless one. */
  @Test
  void lease_notPositiveOrNull_isRefusedByName() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> HOW.lease(Duration.ZERO))
        .withMessageContaining("lease");
    assertThatIllegalArgumentException().isThrownBy(() -> HOW.lease(Duration.ofSeconds(-1)));
    assertThatNullPointerException().isThrownBy(() -> HOW.lease(null));
  }

  @Test
  void retention_isAnotherSettingThanTheLease() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> HOW.retention(Duration.ZERO))
        .withMessageContaining("retention");
    assertThat(HOW.retention(Duration.ofDays(7)).lease()).isEqualTo(HOW.lease());
    assertThat(HOW.lease(Duration.ofSeconds(5)).retention()).isEqualTo(HOW.retention());
  }

  @Test
  void sizes_negative_areRefusedByName() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> HOW.maxAnswerBytes(-1))
        .withMessageContaining("maxAnswerBytes");
  }
}
