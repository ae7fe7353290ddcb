/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.occ4j.testkit.Patience.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.occ4j.Tag;
import org.occ4j.change.Change;
import org.occ4j.change.ChangeDraft;
import org.occ4j.change.ChangeFollower;
import org.occ4j.change.ChangeLog;
import org.occ4j.change.ChangeToken;
import org.occ4j.change.Subscription;

/** What every {@link ChangeLog} promises. A subclass says how one is opened. */
public abstract class ChangeFeedContract {
  private static final Duration LONG = Duration.ofSeconds(60);

  private ChangeLog log;

  /**
   * Opens an empty log, which lives until the end of the test.
   *
   * @param maxBacklog how many changes may wait for a slow follower
   */
  protected abstract ChangeLog open(int maxBacklog) throws Exception;

  /** Opens the log; a subclass that prepares something does so before, and calls this. */
  @BeforeEach
  protected void openLog() throws Exception {
    log = open(1_000);
  }

  private ChangeToken publish(String key) {
    return log.publish(new ChangeDraft("test", Change.Kind.PUT, key, 1, null, Set.of()));
  }

  private static void awaitUntil(java.util.concurrent.Callable<Boolean> condition) {
    await()
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(1))
        .atMost(LONG)
        .until(condition);
  }

  @Test
  void publish_tellsAnOrderedFollowerEverything() {
    RecordingFollower follower = new RecordingFollower();
    log.follow(follower);
    Tag tag = Tag.of("task:1");
    ChangeToken token =
        log.publish(new ChangeDraft("tasks", Change.Kind.DELETE, "1 ", 7, "ann", Set.of(tag)));
    awaitUntil(() -> follower.changes().size() == 1);
    assertThat(follower.changes())
        .containsExactly(
            new Change(token, "tasks", Change.Kind.DELETE, "1 ", 7, "ann", Set.of(tag)));
  }

  @Test
  void publish_withoutKeyWriterOrTags_tellsNullsAndNone() {
    RecordingFollower follower = new RecordingFollower();
    log.follow(follower);
    ChangeToken token =
        log.publish(new ChangeDraft("cache", Change.Kind.MARK_STALE, null, 0, null, Set.of()));
    awaitUntil(() -> follower.changes().size() == 1);
    assertThat(follower.changes())
        .containsExactly(
            new Change(token, "cache", Change.Kind.MARK_STALE, null, 0, null, Set.of()));
  }

  @Test
  void publish_awkwardTexts_arriveAsTheyWere() {
    RecordingFollower follower = new RecordingFollower();
    log.follow(follower);
    Set<Tag> tags =
        Set.of(
            Tag.of("a"),
            Tag.of("A"),
            Tag.of("ñ, \"x\" "),
            Tag.of("𐐷"),
            Tag.of("b:c:d"),
            Tag.of("arn", "aws:s3:::b"),
            Tag.of("host", "::1"),
            Tag.of("host", ""),
            Tag.of("host", "\\ \r\n\0\u0085"),
            Tag.of("host", "half of a pair: \ud801"),
            Tag.of("host", "ж".repeat(1_000)),
            Tag.of("host", "ж".repeat(10_000)));
    log.publish(new ChangeDraft("täst", Change.Kind.INVALIDATE, "\u0001'\"€𐐷 ", 0, "Zoë", tags));
    awaitUntil(() -> follower.changes().size() == 1);
    Change told = follower.changes().get(0);
    assertThat(told.source()).isEqualTo("täst");
    assertThat(told.key()).isEqualTo("\u0001'\"€𐐷 ");
    assertThat(told.updatedBy()).isEqualTo("Zoë");
    assertThat(told.tags()).isEqualTo(tags);
  }

  @Test
  void publish_null_changesNothing() {
    RecordingFollower follower = new RecordingFollower();
    log.follow(follower);
    assertThatThrownBy(
            () -> log.publish(new ChangeDraft(nullOf(), Change.Kind.PUT, "k", 1, null, Set.of())))
        .isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> log.publish(new ChangeDraft("s", nullOf(), "k", 1, null, Set.of())))
        .isInstanceOf(NullPointerException.class);
    assertThatThrownBy(
            () -> log.publish(new ChangeDraft("s", Change.Kind.PUT, "k", 1, null, nullOf())))
        .isInstanceOf(NullPointerException.class);
    publish("good");
    awaitUntil(() -> !follower.changes().isEmpty());
    assertThat(follower.keys()).containsExactly("good");
  }

  @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"})
  private static <T> T nullOf() {
    return null;
  }

  @Test
  void follow_manyPublishers_hearsEachChangeOnceAndEachPublishersInOrder() throws Exception {
    RecordingFollower follower = new RecordingFollower();
    log.follow(follower);
    int each = 100;
    Together.run(
        4,
        thread -> {
          for (int version = 1; version <= each; version++) {
            log.publish(
                new ChangeDraft("test", Change.Kind.PUT, "k" + thread, version, null, Set.of()));
          }
        });
    awaitUntil(() -> follower.changes().size() >= 4 * each);
    for (int thread = 0; thread < 4; thread++) {
      assertThat(versionsOf(follower, "k" + thread))
          .hasSize(each)
          .doesNotHaveDuplicates()
          .isSorted();
    }
    assertThat(follower.missed()).isEmpty();
  }

  private static List<Long> versionsOf(RecordingFollower follower, String key) {
    List<Long> versions = new ArrayList<>();
    for (Change change : follower.changes()) {
      if (key.equals(change.key())) {
        versions.add(change.version());
      }
    }
    return versions;
  }

  @Test
  void follow_lateFollower_hearsNoHistory() {
    RecordingFollower early = new RecordingFollower();
    log.follow(early);
    publish("before");
    awaitUntil(() -> early.changes().size() == 1);
    RecordingFollower late = new RecordingFollower();
    log.follow(late);
    publish("after");
    awaitUntil(() -> early.changes().size() == 2);
    awaitUntil(() -> !late.changes().isEmpty());
    assertThat(late.keys()).containsExactly("after");
  }

  @Test
  void follow_throwingFollower_disturbsNobodyAndHearsTheNext() {
    RecordingFollower throwing =
        new RecordingFollower() {
          @Override
          public void changed(Change change) {
            super.changed(change);
            throw new IllegalStateException("thrown by a test");
          }
        };
    RecordingFollower other = new RecordingFollower();
    log.follow(throwing);
    log.follow(other);
    publish("a");
    publish("b");
    awaitUntil(() -> throwing.changes().size() == 2 && other.changes().size() == 2);
    assertThat(throwing.keys()).containsExactly("a", "b");
    assertThat(other.keys()).containsExactly("a", "b");
  }

  @Test
  void follow_slowFollower_delaysOnlyItself() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    BlockingFollower slow = new BlockingFollower(release);
    RecordingFollower quick = new RecordingFollower();
    log.follow(slow);
    log.follow(quick);
    publish("a");
    publish("b");
    awaitUntil(() -> quick.changes().size() == 2);
    assertThat(slow.changes()).isEmpty();
    release.countDown();
    awaitUntil(() -> slow.changes().size() == 2);
  }

  @Test
  void follow_moreThanTheBacklog_isToldMissedOnceAndGoesOn() throws Exception {
    log = open(10);
    CountDownLatch release = new CountDownLatch(1);
    BlockingFollower slow = new BlockingFollower(release);
    RecordingFollower quick = new RecordingFollower();
    log.follow(slow);
    log.follow(quick);
    publish("first");
    awaitUntil(slow::isBlocked);
    for (int i = 0; i < 200; i++) {
      publish("k" + i);
      int told = i + 2;
      awaitUntil(() -> quick.changes().size() == told);
    }
    release.countDown();
    awaitUntil(() -> slow.keys().contains("k199"));
    publish("last");
    awaitUntil(() -> slow.keys().contains("last"));
    assertThat(slow.missed()).hasSize(1);
    assertThat(slow.calls().get(0)).isInstanceOf(Change.class);
    assertThat(slow.calls().get(1)).isInstanceOf(String.class);
    assertThat(slow.keys()).hasSizeLessThan(20).endsWith("k199", "last");
    assertThat(quick.missed()).isEmpty();
  }

  @Test
  void follow_caughtUp_comesAfterWhatItCovers() {
    AtomicReference<@Nullable Long> afterChange = new AtomicReference<>();
    RecordingFollower follower =
        new RecordingFollower() {
          @Override
          public void caughtUp(long asOfNanos) {
            if (!changes().isEmpty()) {
              afterChange.compareAndSet(null, asOfNanos);
            }
          }
        };
    log.follow(follower);
    publish("a");
    awaitUntil(() -> afterChange.get() != null);
  }

  @Test
  void close_endsTheCalls() {
    RecordingFollower closed = new RecordingFollower();
    RecordingFollower open = new RecordingFollower();
    Subscription ordered = log.follow(closed);
    Subscription direct = log.followDirectly(closed);
    log.follow(open);
    ordered.close();
    ordered.close();
    direct.close();
    direct.close();
    publish("a");
    awaitUntil(() -> open.changes().size() == 1);
    assertThat(closed.changes()).isEmpty();
  }

  @Test
  void close_byTheFollowerItself_isTheLastCall() {
    AtomicReference<@Nullable Subscription> own = new AtomicReference<>();
    CountDownLatch known = new CountDownLatch(1);
    RecordingFollower once =
        new RecordingFollower() {
          @Override
          public void changed(Change change) {
            super.changed(change);
            try {
              known.await();
            } catch (InterruptedException e) {
              throw new IllegalStateException(e);
            }
            Subscription subscription = own.get();
            if (subscription != null) {
              subscription.close();
            }
          }
        };
    RecordingFollower other = new RecordingFollower();
    own.set(log.follow(once));
    known.countDown();
    log.follow(other);
    publish("a");
    publish("b");
    // The two have queues of their own: that one was told says nothing of the other.
    awaitUntil(() -> other.changes().size() == 2 && !once.changes().isEmpty());
    publish("c");
    awaitUntil(() -> other.changes().size() == 3);
    assertThat(once.keys()).containsExactly("a");
  }

  @Test
  void followDirectly_isToldOnTheWritersThreadBeforePublishReturns() {
    List<Thread> threads = new ArrayList<>();
    log.followDirectly(change -> threads.add(Thread.currentThread()));
    publish("a");
    assertThat(threads).containsExactly(Thread.currentThread());
  }

  @Test
  void followDirectly_throwingFollower_disturbsNeitherWriterNorOthers() {
    RecordingFollower other = new RecordingFollower();
    log.followDirectly(
        change -> {
          throw new AssertionError("thrown by a test");
        });
    log.followDirectly(other);
    publish("a");
    assertThat(other.keys()).containsExactly("a");
  }

  @Test
  void followDirectly_mayPublishItself() {
    RecordingFollower follower = new RecordingFollower();
    log.followDirectly(
        change -> {
          if ("a".equals(change.key())) {
            publish("b");
          }
        });
    log.followDirectly(follower);
    publish("a");
    assertThat(follower.keys()).containsExactlyInAnyOrder("a", "b");
  }

  @Test
  void awaitApplied_toldChanges_isTrueAtOnce() throws Exception {
    log.followDirectly(new RecordingFollower());
    ChangeToken published = publish("a");
    assertThat(log.awaitApplied(published, LONG)).isTrue();
    assertThat(log.awaitApplied(log.now(), LONG)).isTrue();
  }

  @Test
  void now_coversWhatWasPublished() {
    ChangeToken before = log.now();
    ChangeToken published = publish("a");
    ChangeToken after = log.now();
    assertThat(before.position()).isLessThan(published.position());
    assertThat(after.position()).isGreaterThanOrEqualTo(published.position());
    assertThat(after.incarnation()).isEqualTo(published.incarnation());
  }

  @Test
  void awaitApplied_placeNotReached_timesOut() throws Exception {
    ChangeToken now = log.now();
    ChangeToken future = new ChangeToken(now.incarnation(), now.position() + 1_000_000);
    assertThat(log.awaitApplied(future, Duration.ZERO)).isFalse();
    assertThat(log.awaitApplied(future, Duration.ofMillis(5))).isFalse();
  }

  @Test
  void awaitApplied_otherIncarnation_isFalse() throws Exception {
    ChangeToken foreign = new ChangeToken(UUID.randomUUID(), 0);
    assertThat(log.awaitApplied(foreign, LONG)).isFalse();
  }

  @Test
  void awaitApplied_negativeTimeout_isRefused() {
    ChangeToken now = log.now();
    assertThatThrownBy(() -> log.awaitApplied(now, Duration.ofNanos(-1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("timeout");
  }

  @Test
  void awaitApplied_interruptedOnEntry_throwsAndClearsTheFlag() {
    ChangeToken now = log.now();
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> log.awaitApplied(now, LONG)).isInstanceOf(InterruptedException.class);
    assertThat(Thread.interrupted()).isFalse();
  }

  @Test
  void awaitApplied_whileADirectFollowerIsBeingTold_waitsForIt() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    BlockingFollower busy = new BlockingFollower(release);
    log.followDirectly(busy);
    AtomicReference<@Nullable ChangeToken> published = new AtomicReference<>();
    Thread writer = new Thread(() -> published.set(publish("a")));
    writer.start();
    awaitUntil(busy::isBlocked);
    ChangeToken now = log.now();
    assertThat(log.awaitApplied(now, Duration.ofMillis(5))).isFalse();
    release.countDown();
    assertThat(log.awaitApplied(now, LONG)).isTrue();
    assertThat(busy.keys()).contains("a");
    writer.join();
  }

  /** A follower that waits in its first call until it is released. */
  private static final class BlockingFollower extends RecordingFollower implements ChangeFollower {
    private final CountDownLatch release;
    private volatile boolean blocked;

    BlockingFollower(CountDownLatch release) {
      this.release = release;
    }

    boolean isBlocked() {
      return blocked;
    }

    @Override
    public void changed(Change change) {
      blocked = true;
      try {
        release.await();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      super.changed(change);
    }
  }
}
