/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.occ4j.Expected;
import org.occ4j.RetryPolicy;
import org.occ4j.Versioned;
import org.occ4j.cache.CachedStore;
import org.occ4j.change.ChangeLog;
import org.occ4j.store.Commit;
import org.occ4j.store.Page;
import org.occ4j.store.Scan;
import org.occ4j.store.VersionedStore;
import org.occ4j.store.Write;
import org.occ4j.testkit.ConcurrentResults;
import org.occ4j.testkit.Concurrently;

/** What a store promises that is read through a cache, here and on another node. */
public abstract class CachedStoreContract {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** The store as the application has it, which knows of no cache. */
  protected abstract VersionedStore<Long, String> store();

  /** A cache on the node of {@link #store}; the same one each time, and counting hits. */
  protected abstract CachedStore<Long, String> mine();

  /** A cache on another node; the same one each time. */
  protected abstract CachedStore<Long, String> theirs();

  /** The feed of the writing node. */
  protected abstract ChangeLog changes();

  private void awaitTheirs() throws InterruptedException {
    assertThat(theirs().awaitApplied(changes().now(), PATIENCE)).isTrue();
  }

  private static String valueOf(CachedStore<Long, String> cache, long key) {
    return cache.get(key).map(Versioned::value).orElse(null);
  }

  @Test
  void get_twice_loadsOnce() {
    store().put(1L, "a", Expected.absent()).orThrow();
    assertThat(valueOf(mine(), 1)).isEqualTo("a");
    assertThat(valueOf(mine(), 1)).isEqualTo("a");
    assertThat(mine().stats().hits()).isEqualTo(1);
    assertThat(mine().stats().loads()).isEqualTo(1);
  }

  @Test
  void get_afterAWriteThroughIt_showsItAtOnce() throws Exception {
    assertThat(mine().get(1L)).isEmpty();
    mine().put(1L, "a", Expected.absent()).orThrow();
    assertThat(valueOf(mine(), 1)).isEqualTo("a");
    assertThat(valueOf(theirs(), 1)).isEqualTo("a");
    Versioned<String> written =
        mine().update(1L, value -> value + "b", RetryPolicy.once()).orThrow();
    assertThat(mine().get(1L)).contains(written);
    awaitTheirs();
    assertThat(theirs().get(1L)).contains(written);
    mine().delete(1L, Expected.version(written.version())).orThrow();
    assertThat(mine().get(1L)).isEmpty();
    awaitTheirs();
    assertThat(theirs().get(1L)).isEmpty();
  }

  @Test
  void get_afterAWriteOfTheStoreItself_showsItAtOnce() throws Exception {
    VersionedStore<Long, String> store = store();
    mine();
    store.put(1L, "a", Expected.absent()).orThrow();
    assertThat(valueOf(mine(), 1)).isEqualTo("a");
    store.writeAll(List.of(Write.put(1L, "b", Expected.any()))).orThrow();
    assertThat(valueOf(mine(), 1)).isEqualTo("b");
    assertThat(valueOf(theirs(), 1)).isEqualTo("b");
    store.by("ann").commit(Commit.<Long, String>empty().put(1L, "c", Expected.any())).orThrow();
    assertThat(valueOf(mine(), 1)).isEqualTo("c");
    awaitTheirs();
    assertThat(valueOf(theirs(), 1)).isEqualTo("c");
  }

  @Test
  void getAll_loadsWhatIsNotHere() {
    for (long key = 1; key <= 3; key++) {
      store().put(key, "v" + key, Expected.absent()).orThrow();
    }
    mine().get(2L);
    assertThat(mine().getAll(List.of(1L, 2L, 3L, 4L))).containsOnlyKeys(1L, 2L, 3L);
    mine().put(3L, "w3", Expected.any()).orThrow();
    assertThat(mine().getAll(List.of(2L, 3L)).get(3L).value()).isEqualTo("w3");
    assertThat(mine().getAll(List.of(2L, 3L)).get(2L).value()).isEqualTo("v2");
  }

  @Test
  void scan_isKeptUntilAnyKeyIsWritten() throws Exception {
    store().put(1L, "a", Expected.absent()).orThrow();
    Page<Long, String> first = mine().scan(Scan.all(10));
    assertThat(mine().scan(Scan.all(10))).isSameAs(first);
    assertThat(theirs().scan(Scan.all(10))).isEqualTo(first);
    mine().put(2L, "b", Expected.absent()).orThrow();
    assertThat(mine().scan(Scan.all(10)).entries()).hasSize(2);
    awaitTheirs();
    assertThat(theirs().scan(Scan.all(10)).entries()).hasSize(2);
  }

  @Test
  void query_isAskedAgainOnceAnyKeyWasWritten() {
    AtomicInteger asked = new AtomicInteger();
    mine();
    store().put(1L, "a", Expected.absent()).orThrow();
    for (int i = 0; i < 2; i++) {
      assertThat(count(asked)).isEqualTo(1);
      assertThat(asked).hasValue(1);
    }
    store().put(2L, "b", Expected.absent()).orThrow();
    assertThat(count(asked)).isEqualTo(2);
    store().delete(1L, Expected.any()).orThrow();
    assertThat(count(asked)).isEqualTo(1);
    assertThat(asked).hasValue(3);
    assertThat(mine().queryStats().loads()).isEqualTo(3);
  }

  private Integer count(AtomicInteger asked) {
    return mine()
        .query(
            "count",
            (question, context) -> {
              asked.incrementAndGet();
              return store().scan(Scan.all(100)).entries().size();
            });
  }

  @Test
  void query_thatFails_isNotKept() {
    assertThatThrownBy(
            () ->
                mine()
                    .query(
                        "q",
                        (question, context) -> {
                          throw new IllegalArgumentException("no");
                        }))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(mine().<String>query("q", (question, context) -> "yes")).isEqualTo("yes");
  }

  @Test
  void invalidateAll_reachesStatesAndAnswersOnBothNodes() throws Exception {
    store().put(1L, "a", Expected.absent()).orThrow();
    for (CachedStore<Long, String> cache : List.of(mine(), theirs())) {
      cache.get(1L);
      cache.scan(Scan.all(10));
    }
    long mineLoads = mine().stats().loads();
    long theirLoads = theirs().stats().loads();
    mine().invalidateAll();
    awaitTheirs();
    for (CachedStore<Long, String> cache : List.of(mine(), theirs())) {
      cache.get(1L);
      cache.scan(Scan.all(10));
      assertThat(cache.queryStats().loads()).isEqualTo(2);
    }
    assertThat(mine().stats().loads()).isEqualTo(mineLoads + 1);
    assertThat(theirs().stats().loads()).isEqualTo(theirLoads + 1);
  }

  /** G5: whoever reads after a write has returned does not see an older state. */
  @Test
  void get_besideWriters_neverShowsWhatAReturnedWriteReplaced() throws Exception {
    AtomicLong written =
        new AtomicLong(store().put(1L, "0", Expected.absent()).orThrow().version());
    CachedStore<Long, String> cache = mine();
    ConcurrentResults<Boolean> results =
        Concurrently.threads(4)
            .run(
                thread -> {
                  for (int i = 0; i < 60; i++) {
                    long least = written.get();
                    if (thread == 0) {
                      long version = store().put(1L, "v" + i, Expected.any()).orThrow().version();
                      written.accumulateAndGet(version, Math::max);
                    } else if (cache.get(1L).orElseThrow().version() < least) {
                      return false;
                    }
                  }
                  return true;
                });
    assertThat(results.values()).containsOnly(true);
  }
}
