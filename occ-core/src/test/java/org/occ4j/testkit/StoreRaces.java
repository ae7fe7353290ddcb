/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.occ4j.Expected;
import org.occ4j.RetryPolicy;
import org.occ4j.Versioned;
import org.occ4j.store.Commit;
import org.occ4j.store.VersionedStore;
import org.occ4j.store.WriteResult;

/**
 * Races over a store, each of which fails on a store that breaks one promise. They are apart from
 * the contract so that broken twins can be put through them.
 */
public final class StoreRaces {
  private static final RetryPolicy PATIENT =
      new RetryPolicy(100_000, Duration.ofMinutes(2), Duration.ZERO, Duration.ofMillis(1));

  private StoreRaces() {}

  /** Threads count one key up by {@code update}: no count is lost. */
  public static void updatesLoseNothing(VersionedStore<String, String> store, int threads, int each)
      throws Exception {
    store.put("counter", "0", Expected.any());
    Together.run(
        threads,
        thread -> {
          for (int i = 0; i < each; i++) {
            store.update("counter", StoreRaces::increment, PATIENT).orThrow();
          }
        });
    assertThat(store.get("counter").orElseThrow().value())
        .as("all updates counted")
        .isEqualTo(String.valueOf(threads * each));
  }

  private static String increment(String count) {
    return String.valueOf(Integer.parseInt(count) + 1);
  }

  /** Threads create and delete one key: each life has one creator, and no version comes twice. */
  public static void livesHaveOneCreatorAndVersionsOfTheirOwn(
      VersionedStore<String, String> store, int threads, int each) throws Exception {
    ConcurrentLinkedQueue<Long> versions = new ConcurrentLinkedQueue<>();
    AtomicInteger alive = new AtomicInteger();
    Together.run(
        threads,
        thread -> {
          for (int i = 0; i < each; i++) {
            WriteResult<String> created = store.put("life", "by " + thread, Expected.absent());
            Versioned<String> state = created.current();
            if (created.isApplied() && state != null) {
              assertThat(alive.incrementAndGet()).as("creators at a time").isEqualTo(1);
              versions.add(state.version());
              alive.decrementAndGet();
              store.delete("life", Expected.version(state.version())).orThrow();
            }
          }
        });
    assertThat(versions).as("versions of all lives").isNotEmpty().doesNotHaveDuplicates();
  }

  /** Threads move amounts between two keys by {@code commit}: no reader sees the sum changed. */
  public static void commitsAreSeenWhole(VersionedStore<String, String> store, int each)
      throws Exception {
    store.put("left", "50", Expected.any());
    store.put("right", "50", Expected.any());
    AtomicBoolean done = new AtomicBoolean();
    AtomicInteger moving = new AtomicInteger(2);
    Together.Body mover = () -> moveAll(store, each, moving, done);
    Together.Body reader = () -> readSums(store, done);
    Together.run(List.of(mover, mover, reader));
    assertThat(sum(store)).isEqualTo(100);
  }

  private static void moveAll(
      VersionedStore<String, String> store, int each, AtomicInteger moving, AtomicBoolean done) {
    try {
      int moved = 0;
      while (moved < each && !done.get()) {
        moved += move(store) ? 1 : 0;
      }
    } finally {
      if (moving.decrementAndGet() == 0) {
        done.set(true);
      }
    }
  }

  private static boolean move(VersionedStore<String, String> store) {
    Map<String, Versioned<String>> now = store.getAll(List.of("left", "right"));
    Versioned<String> left = now.get("left");
    Versioned<String> right = now.get("right");
    if (left == null || right == null) {
      throw new AssertionError("a key is missing: " + now);
    }
    Commit<String, String> commit =
        Commit.<String, String>empty()
            .put("left", plus(left, 1), Expected.version(left.version()))
            .put("right", plus(right, -1), Expected.version(right.version()));
    return store.commit(commit).isApplied();
  }

  private static String plus(Versioned<String> state, int difference) {
    return String.valueOf(Integer.parseInt(state.value()) + difference);
  }

  private static void readSums(VersionedStore<String, String> store, AtomicBoolean done) {
    try {
      while (!done.get()) {
        assertThat(sum(store)).as("the sum that a reader sees").isEqualTo(100);
      }
    } finally {
      done.set(true);
    }
  }

  private static int sum(VersionedStore<String, String> store) {
    return store.getAll(List.of("left", "right")).values().stream()
        .mapToInt(state -> Integer.parseInt(state.value()))
        .sum();
  }

  /** A key is moved about among several by {@code commit}: every reader sees it exactly once. */
  public static void movedKeyIsSeenOnce(VersionedStore<String, String> store, int moves)
      throws Exception {
    List<String> places = List.of("p0", "p1", "p2");
    store.put("p0", "here", Expected.absent());
    AtomicBoolean done = new AtomicBoolean();
    Together.Body mover =
        () -> {
          try {
            for (int i = 0; i < moves && !done.get(); i++) {
              Commit<String, String> commit =
                  Commit.<String, String>empty()
                      .delete("p" + i % 3, Expected.present())
                      .put("p" + (i + 1) % 3, "here", Expected.absent());
              assertThat(store.commit(commit).isApplied()).isTrue();
            }
          } finally {
            done.set(true);
          }
        };
    Together.Body reader =
        () -> {
          try {
            while (!done.get()) {
              assertThat(store.getAll(places)).as("places of the moved key").hasSize(1);
            }
          } finally {
            done.set(true);
          }
        };
    Together.run(List.of(mover, reader));
  }

  /** Each of two keys may be written only while the other is absent: never both are there. */
  public static void readSetsAreGuarded(VersionedStore<String, String> store, int rounds)
      throws Exception {
    for (int round = 0; round < rounds; round++) {
      String one = "guard" + round + "a";
      String other = "guard" + round + "b";
      List<Boolean> committed = java.util.Collections.synchronizedList(new ArrayList<>());
      Together.run(
          List.of(
              () -> committed.add(writeUnless(store, one, other)),
              () -> committed.add(writeUnless(store, other, one))));
      assertThat(store.getAll(List.of(one, other))).as("write skew").hasSizeLessThan(2);
    }
  }

  private static boolean writeUnless(
      VersionedStore<String, String> store, String key, String other) {
    return store
        .commit(
            Commit.<String, String>empty()
                .read(other, Expected.absent())
                .put(key, "alone", Expected.absent()))
        .isApplied();
  }
}
