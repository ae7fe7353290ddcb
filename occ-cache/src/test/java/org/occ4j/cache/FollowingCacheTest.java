/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.StoreUnavailableException;
import org.occ4j.Tag;
import org.occ4j.cache.testkit.TaggedCacheContract;
import org.occ4j.change.Change;
import org.occ4j.change.ChangeDraft;
import org.occ4j.change.ChangeFeed;
import org.occ4j.change.ChangeFollower;
import org.occ4j.change.ChangeLog;
import org.occ4j.change.ChangeToken;
import org.occ4j.change.Subscription;
import org.occ4j.store.Commit;
import org.occ4j.store.VersionedStore;
import org.occ4j.store.Write;
import org.occ4j.testkit.CapturedLog;

/** The contract for a cache that follows a feed in memory, and what it does with the feed. */
class FollowingCacheTest extends TaggedCacheContract {
  private static final Tag ORDER_1 = Tag.of("order", 1);

  private final ChangeLog changes = ChangeFeed.inMemory();

  @Override
  protected TaggedCache<String, String> build(Configuration configuration) {
    return follower(changes, "orders", configuration);
  }

  private TaggedCache<String, String> follower(
      ChangeFeed feed, String name, Configuration configuration) {
    InMemoryCacheBuilder<String, String> builder = TaggedCache.builder(name);
    builder.ticker(ticker).followChanges(feed);
    configuration.apply(builder);
    return builder.build();
  }

  @Test
  void change_withTags_isAppliedBeforeItsWriteReturns() {
    var cache = cache();
    for (Change.Kind kind : List.of(Change.Kind.PUT, Change.Kind.DELETE, Change.Kind.INVALIDATE)) {
      cache.get("a", counting(ORDER_1));
      changes.publish(new ChangeDraft("store", kind, "1", 2, "ann", Set.of(ORDER_1)));
      assertThat(cache.getIfPresent("a")).as(kind.name()).isNull();
    }
  }

  @Test
  void change_withoutTags_concernsNoEntry() {
    var cache = cache();
    cache.get("a", counting(ORDER_1));
    changes.publish(new ChangeDraft("orders", Change.Kind.PUT, "a", 2, null, Set.of()));
    assertThat(cache.getIfPresent("a")).isEqualTo("v1");
  }

  @Test
  void write_ofAStoreInMemory_voidsItsKeyAndLists() {
    var store =
        VersionedStore.<String, String>builder("order", KeyCodec.strings())
            .changes(changes)
            .build();
    var cache = cache();
    for (int write = 0; write < 4; write++) {
      cache.get("a", counting(store.tagOf("a")));
      cache.get("b", counting(store.tagOf("b")));
      cache.get("list", counting(store.tagOfAll()));
      switch (write) {
        case 0 -> store.put("a", "v", Expected.absent()).orThrow();
        case 1 -> store.commit(Commit.<String, String>empty().put("a", "w", Expected.any()));
        case 2 -> store.writeAll(List.of(Write.put("a", "x", Expected.any()))).orThrow();
        default -> store.delete("a", Expected.present()).orThrow();
      }
      assertThat(cache.getIfPresent("a")).isNull();
      assertThat(cache.getIfPresent("list")).isNull();
      assertThat(cache.getIfPresent("b")).isNotNull();
    }
  }

  @Test
  void change_thatMarks_isSoft() {
    var cache = cache(builder -> builder.staleWhileRevalidate(Duration.ofSeconds(5)));
    cache.get("a", counting(ORDER_1));
    changes.publish(
        new ChangeDraft("store", Change.Kind.MARK_STALE, null, 0, null, Set.of(ORDER_1)));
    assertThat(cache.getIfPresent("a")).isNull();
    assertThat(cache.get("a", counting(ORDER_1))).isEqualTo("v1");
  }

  @Test
  void invalidateTags_reachesEveryCacheOfTheFeedOnceEach() {
    var one = cache();
    var other = follower(changes, "other", builder -> {});
    one.get("a", counting(ORDER_1));
    other.get("b", counting(ORDER_1));
    one.invalidateTags(ORDER_1);
    assertThat(one.getIfPresent("a")).isNull();
    assertThat(other.getIfPresent("b")).isNull();
    assertThat(one.stats().invalidations()).isEqualTo(1);
    assertThat(other.stats().invalidations()).isEqualTo(1);
    other.close();
  }

  @Test
  void invalidateAll_reachesCachesOfTheSameNameOnly() {
    var one = cache();
    var same = cache();
    var other = follower(changes, "other", builder -> {});
    for (var cache : List.of(one, same, other)) {
      cache.get("a", (key, context) -> "A");
    }
    one.invalidateAll();
    assertThat(one.getIfPresent("a")).isNull();
    assertThat(same.getIfPresent("a")).isNull();
    assertThat(other.getIfPresent("a")).isEqualTo("A");
    other.close();
  }

  @Test
  void invalidate_withAKeyCodec_reachesCachesOfTheSameName() {
    Configuration shared = builder -> builder.keyCodec(KeyCodec.strings());
    var one = cache(shared);
    var same = cache(shared);
    one.get("a", counting());
    same.get("a", counting());
    same.get("b", counting());
    one.invalidate("a");
    assertThat(one.getIfPresent("a")).isNull();
    assertThat(same.getIfPresent("a")).isNull();
    assertThat(same.getIfPresent("b")).isEqualTo("v3");
  }

  @Test
  void invalidate_ofAKeyThatCannotBeRead_dropsEverythingThere() {
    var one = cache(builder -> builder.keyCodec(KeyCodec.strings()));
    var blind = cache();
    blind.get("a", counting());
    one.invalidate("a");
    assertThat(blind.getIfPresent("a")).isNull();
    assertThat(blind.health().flushes()).isEqualTo(1);
  }

  @Test
  void close_endsTheSubscription() {
    var feed = new HandFeed();
    var cache = follower(feed, "orders", builder -> {});
    assertThat(feed.followers).hasSize(1);
    cache.close();
    assertThat(feed.followers).isEmpty();
  }

  @Test
  void missed_dropsEverythingAndIsCounted() {
    var feed = new HandFeed();
    var cache = follower(feed, "orders", builder -> {});
    cache.get("a", counting());
    feed.followers.forEach(follower -> follower.missed("the database was exchanged"));
    assertThat(cache.getIfPresent("a")).isNull();
    assertThat(cache.health())
        .isEqualTo(
            new CacheHealth(CacheHealth.State.FOLLOWING, null, 1, "the database was exchanged"));
    cache.close();
  }

  @Test
  @ResourceLock(Resources.SYSTEM_ERR)
  void missed_isLoggedWithItsReasonAndCounted() {
    var feed = new HandFeed();
    try (CapturedLog log = new CapturedLog();
        var cache = follower(feed, "orders", builder -> {})) {
      feed.followers.forEach(follower -> follower.missed("the database was exchanged"));
      feed.followers.forEach(follower -> follower.missed("away for too long"));
      assertThat(log.lines().filter(line -> line.contains("Cache orders dropped everything")))
          .satisfiesExactly(
              first ->
                  assertThat(first)
                      .contains("WARN", "(1 times so far): the database was exchanged"),
              second -> assertThat(second).contains("WARN", "(2 times so far): away for too long"));
      assertThat(cache.health().flushes()).isEqualTo(2);
    }
  }

  @Test
  void invalidateTags_thatCannotBePublished_appliesHereAndThrows() {
    var feed = new HandFeed();
    feed.failure = new StoreUnavailableException("down", null);
    var cache = follower(feed, "orders", builder -> {});
    cache.get("a", counting(ORDER_1));
    assertThatThrownBy(() -> cache.invalidateTags(ORDER_1)).isSameAs(feed.failure);
    assertThat(cache.getIfPresent("a")).isNull();
    cache.close();
  }

  /** A feed that a test plays by hand. */
  private static final class HandFeed implements ChangeLog {
    private final ChangeLog tokens = ChangeFeed.inMemory();
    private final List<ChangeFollower> followers = new ArrayList<>();
    private @Nullable RuntimeException failure;

    @Override
    public ChangeToken publish(ChangeDraft draft) {
      if (failure != null) {
        throw failure;
      }
      return tokens.publish(draft);
    }

    @Override
    public Subscription follow(ChangeFollower follower) {
      return followDirectly(follower);
    }

    @Override
    public Subscription followDirectly(ChangeFollower follower) {
      followers.add(follower);
      return () -> followers.remove(follower);
    }

    @Override
    public ChangeToken now() {
      return tokens.now();
    }

    @Override
    public boolean awaitApplied(ChangeToken token, Duration timeout) throws InterruptedException {
      return tokens.awaitApplied(token, timeout);
    }
  }

  @Test
  void invalidate_ofAKeyThatTheCodecCannotRead_dropsEverything() {
    InMemoryCacheBuilder<Long, String> builder = TaggedCache.builder("orders");
    builder.followChanges(changes).keyCodec(KeyCodec.longs());
    try (TaggedCache<Long, String> cache = builder.build()) {
      cache.get(1L, (key, context) -> "A");
      changes.publish(
          new ChangeDraft("orders", Change.Kind.INVALIDATE, "no number", 0, null, Set.of()));
      assertThat(cache.getIfPresent(1L)).isNull();
      assertThat(cache.health().flushes()).isEqualTo(1);
    }
  }

  /** A load that began before may have read what others have replaced since, unheard. */
  @Test
  void get_withoutContact_joinsNoLoad() throws Exception {
    CountDownLatch loading = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    TaggedLoader<String, String> slow =
        (key, context) -> {
          loading.countDown();
          end.await();
          return "of before";
        };
    try (TaggedCache<String, String> cache = silentlyFollowing(Duration.ofSeconds(5))) {
      FutureTask<String> first = new FutureTask<>(() -> cache.get("a", slow));
      new Thread(first).start();
      assertThat(loading.await(90, TimeUnit.SECONDS)).isTrue();
      ticker.advance(Duration.ofSeconds(5));
      FutureTask<String> second = new FutureTask<>(() -> cache.get("a", (key, context) -> "now"));
      new Thread(second).start();
      try {
        assertThat(second.get(90, TimeUnit.SECONDS)).isEqualTo("now");
      } finally {
        end.countDown();
      }
      assertThat(first.get(90, TimeUnit.SECONDS)).isEqualTo("of before");
    }
  }

  /** A cache whose feed says nothing more. */
  private TaggedCache<String, String> silentlyFollowing(Duration maximumStaleness) {
    InMemoryCacheBuilder<String, String> builder = TaggedCache.builder("orders");
    builder.ticker(ticker).allowUntagged();
    return InMemoryTaggedCache.open(
        builder.settings(new HandFeed()),
        new Coherence(),
        builder.liveness(maximumStaleness, StalenessPolicy.BYPASS));
  }

  @Test
  void filling_publishesNothing() {
    var cache = cache();
    List<Change> told = new ArrayList<>();
    changes.followDirectly(told::add);
    cache.get("a", counting(ORDER_1));
    cache.getAll(List.of("b", "c"), (keys, context) -> Map.of("b", "B", "c", "C"));
    cache.put("d", "D", Set.of(ORDER_1), cache.readPoint());
    ticker.advance(Duration.ofSeconds(60));
    cache.get("a", counting(ORDER_1));
    cache.cleanUp();
    assertThat(told).isEmpty();
  }
}
