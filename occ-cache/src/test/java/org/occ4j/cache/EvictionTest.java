/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.occ4j.testkit.FakeTicker;
import org.occ4j.testkit.TimeSensitive;

/**
 * What leaves for room: it is chosen as well from a share of the reads as Caffeine alone chooses
 * from all of them, and the application hears of it under no lock.
 */
@TimeSensitive
class EvictionTest {
  private static final int KEYS = 20_000;
  private static final int READS = 400_000;

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final int[] stream = zipf();

  /**
   * Rooms in which half, three quarters and nine tenths of the reads find their key; the pauses
   * between reads are odd, so that the ticker's last bits take every value.
   */
  @ParameterizedTest
  @CsvSource({
    "1000, 997", "1000, 61", "1000, 50001",
    "5000, 997", "5000, 61", "5000, 50001",
    "15000, 997", "15000, 61", "15000, 50001"
  })
  void aShareOfTheReads_evictsAsWellAsAllOfThem(int room, int nanosBetweenReads) {
    assertEvictsAsWell(room, nanosBetweenReads);
  }

  /** Halfway through, what was rare becomes frequent. */
  @ParameterizedTest
  @CsvSource({"1000, 997", "5000, 997", "5000, 61"})
  void aShareOfTheReads_whenFrequenciesChange_evictsAsWell(int room, int nanosBetweenReads) {
    for (int i = READS / 2; i < READS; i++) {
      stream[i] = KEYS - 1 - stream[i];
    }
    assertEvictsAsWell(room, nanosBetweenReads);
  }

  private void assertEvictsAsWell(int room, int nanosBetweenReads) {
    double share = hitRateOfAShare(room, nanosBetweenReads);
    assertThat(share).isGreaterThan(0.97 * hitRate(readsOfCaffeine(room)));
  }

  private double hitRateOfAShare(int room, int nanosBetweenReads) {
    FakeTicker ticker = new FakeTicker();
    try (TaggedCache<Integer, String> cache =
        TaggedCache.<Integer, String>builder("share").ticker(ticker).maximumSize(room).build()) {
      return hitRate(
          key -> {
            ticker.advance(Duration.ofNanos(nanosBetweenReads));
            boolean hit = cache.getIfPresent(key) != null;
            if (!hit) {
              cache.get(key, (same, context) -> "value");
            }
            return hit;
          });
    }
  }

  /** The broken twin: Caffeine hears of writes alone. */
  @Test
  void noReads_evictWorse() {
    Cache<Integer, String> cache = caffeine(1_000);
    double none =
        hitRate(
            key -> {
              boolean hit = cache.policy().getIfPresentQuietly(key) != null;
              if (!hit) {
                cache.put(key, "value");
              }
              return hit;
            });
    assertThat(none).isLessThan(0.97 * hitRate(readsOfCaffeine(1_000)));
  }

  /** Under Caffeine's lock the other thread could not clean up, and this would wait in vain. */
  @Test
  void removalListener_ofAnEviction_isCalledUnderNoLock() throws InterruptedException {
    AtomicBoolean cleaned = new AtomicBoolean();
    try (TaggedCache<Integer, String> cache = listening(cleaned)) {
      for (int i = 0; i < 3; i++) {
        cache.get(i, (key, context) -> "value");
      }
      cache.cleanUp();
    }
    assertThat(cleaned).isTrue();
  }

  /** A cache of one entry, whose listener is called by the thread that evicts. */
  private static TaggedCache<Integer, String> listening(AtomicBoolean cleaned) {
    TaggedCache<?, ?>[] itself = new TaggedCache<?, ?>[1];
    TaggedCache<Integer, String> cache =
        TaggedCache.<Integer, String>builder("listening")
            .maximumSize(1)
            .executor(Runnable::run)
            .removalListener(
                (key, value, cause) -> {
                  if (cause == RemovalCause.SIZE) {
                    cleaned.set(cleansUpElsewhere(itself[0]));
                  }
                })
            .build();
    itself[0] = cache;
    return cache;
  }

  private static boolean cleansUpElsewhere(TaggedCache<?, ?> cache) {
    Thread other = new Thread(cache::cleanUp, "cleaner");
    other.setDaemon(true);
    other.start();
    try {
      other.join(PATIENCE.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return !other.isAlive();
  }

  private static Cache<Integer, String> caffeine(int room) {
    return Caffeine.newBuilder().executor(Runnable::run).maximumSize(room).build();
  }

  private static IntPredicate readsOfCaffeine(int room) {
    Cache<Integer, String> cache = caffeine(room);
    return key -> {
      boolean hit = cache.getIfPresent(key) != null;
      if (!hit) {
        cache.put(key, "value");
      }
      return hit;
    };
  }

  private double hitRate(IntPredicate hits) {
    return (double) Arrays.stream(stream).filter(hits).count() / stream.length;
  }

  /** Keys whose frequencies fall with their rank, the same in every run. */
  private static int[] zipf() {
    double[] upTo = new double[KEYS];
    double sum = 0;
    for (int i = 0; i < KEYS; i++) {
      sum += 1 / Math.pow(i + 1, 0.9);
      upTo[i] = sum;
    }
    Random random = new Random(42);
    return random.doubles(READS, 0, sum).mapToInt(chosen -> rank(upTo, chosen)).toArray();
  }

  private static int rank(double[] upTo, double chosen) {
    int found = Arrays.binarySearch(upTo, chosen);
    return Math.min(found < 0 ? -found - 1 : found, KEYS - 1);
  }
}
