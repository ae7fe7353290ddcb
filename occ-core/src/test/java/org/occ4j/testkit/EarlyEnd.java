/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.occ4j.testkit.Patience.await;

import java.sql.Connection;
import java.util.List;
import org.occ4j.LeaseLostException;
import org.occ4j.jdbc.JdbcKeyedMutex;
import org.occ4j.mutex.Hold;
import org.occ4j.mutex.LossReason;

/** A lease that ended early by a wrong clock, and was granted again beside its holder. */
public final class EarlyEnd {

  private EarlyEnd() {}

  /**
   * Both holds are valid until the former holder renews. The guard takes the latter alone, and the
   * former holder is told at its next renewal.
   *
   * @param heard what the former holder has been told
   */
  public static void assertHandedOn(
      TestDatabase database,
      JdbcKeyedMutex<String> formers,
      Hold<String> former,
      JdbcKeyedMutex<String> latters,
      Hold<String> latter,
      List<LossReason> heard)
      throws Exception {
    assertThat(former.isValid()).as("what does not hold: one valid hold").isTrue();
    assertThat(latter.isValid()).isTrue();
    assertThat(latter.fencingToken()).isGreaterThan(former.fencingToken());
    try (Connection transaction = database.connect()) {
      transaction.setAutoCommit(false);
      assertThatThrownBy(() -> formers.guard(transaction, former))
          .isInstanceOf(LeaseLostException.class);
      transaction.rollback();
      latters.guard(transaction, latter);
      transaction.rollback();
    }
    await().until(() -> heard.equals(List.of(LossReason.STOLEN)));
    assertThat(former.isValid()).isFalse();
    assertThat(latter.isValid()).isTrue();
  }
}
