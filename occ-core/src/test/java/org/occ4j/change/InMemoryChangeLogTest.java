/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.change;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.occ4j.testkit.ChangeFeedContract;
import org.occ4j.testkit.FakeTicker;
import org.occ4j.testkit.RecordingFollower;
import org.occ4j.testkit.Together;

class InMemoryChangeLogTest extends ChangeFeedContract {

  @Override
  protected ChangeLog open(int maxBacklog) {
    return ChangeFeed.builder().maxBacklog(maxBacklog).build();
  }

  private static void publish(ChangeLog log, String key) {
    log.publish(new ChangeDraft("test", Change.Kind.PUT, key, 1, null, Set.of()));
  }

  @Test
  void follow_manyPublishers_hearsPositionsWithoutGapInOrder() throws Exception {
    ChangeLog log = ChangeFeed.builder().executor(Runnable::run).build();
    RecordingFollower follower = new RecordingFollower();
    log.follow(follower);
    Together.run(4, thread -> publishMany(log));
    List<Long> positions = follower.changes().stream().map(c -> c.token().position()).toList();
    assertThat(positions).hasSize(4_000).isSorted().startsWith(1L).endsWith(4_000L);
  }

  private static void publishMany(ChangeLog log) {
    for (int i = 0; i < 1_000; i++) {
      publish(log, "k");
    }
  }

  @Test
  void follow_refusingExecutor_keepsTheChangesForTheNextTime() {
    AtomicBoolean refuse = new AtomicBoolean(true);
    ChangeLog log =
        ChangeFeed.builder()
            .executor(
                task -> {
                  if (refuse.get()) {
                    throw new RejectedExecutionException("refused by a test");
                  }
                  task.run();
                })
            .build();
    RecordingFollower follower = new RecordingFollower();
    log.follow(follower);
    publish(log, "a");
    assertThat(follower.changes()).isEmpty();
    refuse.set(false);
    publish(log, "b");
    assertThat(follower.keys()).containsExactly("a", "b");
  }

  @Test
  void follow_queuedCalls_stopWithClose() {
    Deque<Runnable> tasks = new ArrayDeque<>();
    ChangeLog log = ChangeFeed.builder().executor(tasks::add).build();
    RecordingFollower follower = new RecordingFollower();
    Subscription subscription = log.follow(follower);
    publish(log, "a");
    publish(log, "b");
    assertThat(tasks).hasSize(1);
    subscription.close();
    tasks.remove().run();
    assertThat(follower.changes()).isEmpty();
  }

  @Test
  void caughtUp_namesAMomentBeforeThePublishing() {
    FakeTicker ticker = new FakeTicker();
    ChangeLog log = ChangeFeed.builder().executor(Runnable::run).ticker(ticker).build();
    RecordingFollower ordered = new RecordingFollower();
    RecordingFollower direct = new RecordingFollower();
    log.follow(ordered);
    log.followDirectly(direct);
    ticker.advance(Duration.ofNanos(7));
    publish(log, "a");
    ticker.advance(Duration.ofNanos(4));
    publish(log, "b");
    assertThat(ordered.caughtUp()).containsExactly(7L, 11L);
    assertThat(direct.caughtUp()).containsExactly(7L, 11L);
  }

  @Test
  void builder_backlogNotPositive_isRefused() {
    assertThatThrownBy(() -> ChangeFeed.builder().maxBacklog(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("maxBacklog");
  }
}
