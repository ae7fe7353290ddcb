/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.registry;

import static java.util.concurrent.TimeUnit.MICROSECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.occ4j.Fingerprint;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.idempotency.MutationRecord;
import org.occ4j.testkit.FakeTicker;

class ReplayCacheTest {
  private final FakeTicker ticker = new FakeTicker();
  private final ReplayCache cache = new ReplayCache(2, Duration.ofMinutes(5), ticker);
  private final MutationId id = id();

  @Test
  void find_keptRow_isThereUntilTheLimitOfTheCache() {
    MutationRow row = row(MutationRecord.State.COMPLETED, 1, Duration.ofHours(1));
    cache.keep(id, row, cache.moment());
    ticker.advance(Duration.ofMinutes(5).minusNanos(1));
    assertThat(cache.find(id)).isSameAs(row);
    ticker.advance(Duration.ofNanos(1));
    assertThat(cache.find(id)).isNull();
  }

  /**
   * REPLAY-2: the table may drop the row when its retention is over, and another node run it anew.
   */
  @Test
  void find_retentionOver_isGoneCountedFromBeforeTheRead() {
    ReplayCache.Moment before = cache.moment();
    ticker.advance(Duration.ofSeconds(10)); // As long as the read took.
    cache.keep(id, row(MutationRecord.State.COMPLETED, 1, Duration.ofSeconds(60)), before);
    ticker.advance(Duration.ofSeconds(50).minusNanos(1));
    assertThat(cache.find(id)).isNotNull();
    ticker.advance(Duration.ofNanos(1));
    assertThat(cache.find(id)).isNull();

    cache.keep(id, row(MutationRecord.State.COMPLETED, 1, Duration.ofSeconds(-1)), cache.moment());
    assertThat(cache.find(id)).isNull();
  }

  /** REPLAY-3. */
  @Test
  void keep_readBeforeAForget_isNotKept() {
    ReplayCache.Moment before = cache.moment();
    cache.forget(id);
    cache.keep(id, row(MutationRecord.State.COMPLETED, 1, Duration.ofHours(1)), before);
    assertThat(cache.find(id)).isNull();
  }

  @Test
  void forget_keptRow_isGone() {
    cache.keep(id, row(MutationRecord.State.COMPLETED, 1, Duration.ofHours(1)), cache.moment());
    cache.forget(id);
    assertThat(cache.find(id)).isNull();
  }

  @Test
  void keep_notDoneOrLong_isNotKept() {
    for (MutationRecord.State state :
        new MutationRecord.State[] {MutationRecord.State.CLAIMED, MutationRecord.State.RELEASED}) {
      cache.keep(id, row(state, 1, Duration.ofHours(1)), cache.moment());
      assertThat(cache.find(id)).isNull();
    }
    int tooLong = ReplayCache.LONGEST_ANSWER_BYTES + 1;
    cache.keep(
        id, row(MutationRecord.State.COMPLETED, tooLong, Duration.ofHours(1)), cache.moment());
    assertThat(cache.find(id)).isNull();
    cache.keep(
        id,
        row(MutationRecord.State.COMPLETED_WITHOUT_ANSWER, 0, Duration.ofHours(1)),
        cache.moment());
    assertThat(cache.find(id)).isNotNull();
  }

  @Test
  void keep_full_dropsTheLeastRecentlyUsed() {
    MutationId second = id();
    MutationId third = id();
    cache.keep(id, row(MutationRecord.State.COMPLETED, 1, Duration.ofHours(1)), cache.moment());
    cache.keep(second, row(MutationRecord.State.COMPLETED, 1, Duration.ofHours(1)), cache.moment());
    assertThat(cache.find(id)).isNotNull();
    cache.keep(third, row(MutationRecord.State.COMPLETED, 1, Duration.ofHours(1)), cache.moment());
    assertThat(cache.find(second)).isNull();
    assertThat(cache.find(id)).isNotNull();
    assertThat(cache.find(third)).isNotNull();
  }

  private static MutationId id() {
    return new MutationId(new Scope("acme", "ada", "task.edit"), UUID.randomUUID());
  }

  private static MutationRow row(MutationRecord.State state, int bytes, Duration kept) {
    return new MutationRow(
        state,
        1,
        Fingerprint.none(),
        "bytes/1",
        new byte[bytes],
        false,
        1,
        false,
        1,
        MICROSECONDS.convert(kept));
  }
}
