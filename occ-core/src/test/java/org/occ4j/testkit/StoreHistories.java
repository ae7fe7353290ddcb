/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.occ4j.Expected;
import org.occ4j.Versioned;
import org.occ4j.store.VersionedStore;
import org.occ4j.store.WriteResult;

/**
 * Random histories of one key, each checked for linearizability: there must be an order of its
 * operations that keeps to real time and in which a store used by one thread would have answered
 * the same, conflicts with their states included. The search is that of Wing and Gong, "Testing and
 * Verifying Concurrent Objects" (1993), which remembers where it has been.
 *
 * <p>One key is enough: a history over several keys is linearizable if it is so for each of them.
 * What binds keys together is the matter of {@link StoreRaces}.
 */
public final class StoreHistories {
  private static final int THREADS = 3;
  private static final int OPERATIONS_EACH = 6;

  private StoreHistories() {}

  /** Records {@code rounds} histories of a key each, and checks them. */
  public static void areLinearizable(VersionedStore<String, String> store, int rounds)
      throws Exception {
    for (int round = 0; round < rounds; round++) {
      List<Operation> history = record(store, "history" + round, round);
      assertThat(given(history)).as("versions given").doesNotHaveDuplicates();
      if (!new Search(history).succeeds(0, null)) {
        throw new AssertionError(
            "no order explains this history:\n"
                + history.stream().map(Operation::toString).collect(Collectors.joining("\n")));
      }
    }
  }

  private static List<Long> given(List<Operation> history) {
    return history.stream()
        .filter(operation -> operation.result() != null && operation.result().isApplied())
        .flatMap(operation -> Stream.ofNullable(operation.seen()))
        .map(Versioned::version)
        .toList();
  }

  private static List<Operation> record(VersionedStore<String, String> store, String key, int seed)
      throws Exception {
    AtomicLong ticks = new AtomicLong();
    ConcurrentLinkedQueue<Operation> done = new ConcurrentLinkedQueue<>();
    Together.run(
        THREADS,
        thread -> {
          Random random = new Random(31L * seed + thread);
          Versioned<String> seen = null;
          for (int i = 0; i < OPERATIONS_EACH; i++) {
            Operation operation =
                perform(store, key, thread + "." + i, next(random, seen), random, ticks);
            done.add(operation);
            seen = operation.seen();
          }
        });
    List<Operation> history = new ArrayList<>(done);
    history.sort(Comparator.comparingLong(Operation::began));
    return history;
  }

  /** What the thread expects: most often the state that it saw last. */
  private static Expected next(Random random, @Nullable Versioned<String> seen) {
    return switch (random.nextInt(8)) {
      case 0 -> Expected.any();
      case 1 -> Expected.present();
      case 2 -> Expected.absent();
      default -> seen == null ? Expected.absent() : Expected.version(seen.version());
    };
  }

  private static Operation perform(
      VersionedStore<String, String> store,
      String key,
      String value,
      Expected expected,
      Random random,
      AtomicLong ticks) {
    int kind = random.nextInt(10);
    long began = ticks.getAndIncrement();
    if (kind < 2) {
      Versioned<String> found = store.get(key).orElse(null);
      return new Operation(began, ticks.getAndIncrement(), "get", null, null, found);
    }
    boolean deletes = kind < 4;
    WriteResult<String> result =
        deletes ? store.delete(key, expected) : store.put(key, value, expected);
    return new Operation(
        began,
        ticks.getAndIncrement(),
        deletes ? "delete" : "put " + value,
        expected,
        result,
        result.current());
  }

  /**
   * One operation and its answer.
   *
   * @param expected what a write expected; null of a read
   * @param result the answer to a write; null of a read
   * @param seen the state in the answer
   */
  private record Operation(
      long began,
      long ended,
      String what,
      @Nullable Expected expected,
      @Nullable WriteResult<String> result,
      @Nullable Versioned<String> seen) {

    /** Whether a store in this state may answer so. */
    boolean fits(@Nullable Versioned<String> state) {
      if (expected == null || result == null) {
        return Objects.equals(seen, state);
      }
      if (!result.isApplied()) {
        return !expected.holdsFor(state) && Objects.equals(seen, state);
      }
      boolean grows = seen == null || state == null || seen.version() > state.version();
      return expected.holdsFor(state) && grows;
    }

    @Nullable Versioned<String> stateAfter(@Nullable Versioned<String> state) {
      return result != null && result.isApplied() ? seen : state;
    }
  }

  /** The search for an order. A set of operations is the bits of a number. */
  private static final class Search {
    private final List<Operation> history;
    private final Set<List<Long>> deadEnds = new HashSet<>();

    Search(List<Operation> history) {
      this.history = history;
    }

    boolean succeeds(long done, @Nullable Versioned<String> state) {
      if (done == (1L << history.size()) - 1) {
        return true;
      }
      if (!deadEnds.add(List.of(done, state == null ? 0 : state.version()))) {
        return false;
      }
      long firstEnd = firstEnd(done);
      for (int i = 0; i < history.size(); i++) {
        Operation next = history.get(i);
        boolean mayComeNext = (done & 1L << i) == 0 && next.began() < firstEnd;
        if (mayComeNext && next.fits(state) && succeeds(done | 1L << i, next.stateAfter(state))) {
          return true;
        }
      }
      return false;
    }

    /** Whatever began after something open had ended cannot come before that. */
    private long firstEnd(long done) {
      long first = Long.MAX_VALUE;
      for (int i = 0; i < history.size(); i++) {
        if ((done & 1L << i) == 0) {
          first = Math.min(first, history.get(i).ended());
        }
      }
      return first;
    }
  }
}
