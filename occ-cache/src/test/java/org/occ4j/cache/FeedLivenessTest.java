/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FeedLivenessTest {

  @Test
  void holds_untilExactlyTheMaximumStaleness() {
    FeedLiveness contact = FeedLiveness.watched(10, StalenessPolicy.BYPASS, 100);

    assertThat(contact.holds(109)).isTrue();
    assertThat(contact.holds(110)).isFalse();
    contact.caughtUp(105);
    assertThat(contact.holds(114)).isTrue();
    assertThat(contact.holds(115)).isFalse();
  }
}
