/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jcstress.store;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.occ4j.Expected;
import org.occ4j.Versioned;
import org.occ4j.store.Commit;
import org.occ4j.store.CommitResult;
import org.occ4j.store.Write;
import org.occ4j.store.WriteResult;

/**
 * A store in small, a map under one lock, with one flaw put in on purpose: what the races have to
 * catch.
 */
final class FlawedStore implements SmallStore {

  /** What is wrong. */
  enum Flaw {
    /** A write compares, and then writes, in two steps. */
    CHECK_THEN_WRITE,
    /** A conflict brings what was there before the write was tried. */
    OLD_NEWS,
    /** The first version of each life of a key is one. */
    BEGIN_ANEW,
    /** What was deleted is remembered only after everybody can see it deleted. */
    FORGET_FOR_A_MOMENT,
    /** An update writes whatever came between. */
    UPDATE_BLINDLY,
    /** A commit writes one key after the other. */
    COMMIT_ONE_BY_ONE,
    /** A commit checks what it only reads, and then writes, in two steps. */
    CHECK_READS_FIRST,
    /** Several keys are read one after the other. */
    READ_ONE_BY_ONE
  }

  private final Flaw flaw;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, Versioned<Integer>> states = new HashMap<>();
  private long floor;

  FlawedStore(Flaw flaw) {
    this.flaw = flaw;
  }

  /** Between the two steps of a flaw: wide enough to be met in a short run. */
  @SuppressWarnings("ThreadPriorityCheck") // no result rests on it
  private static void gap() {
    Thread.yield();
  }

  private <T> T atomically(Supplier<T> step) {
    lock.lock();
    try {
      return step.get();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public @Nullable Versioned<Integer> get(String key) {
    lock.lock();
    try {
      return states.get(key);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Map<String, Versioned<Integer>> getAll(List<String> keys) {
    return flaw == Flaw.READ_ONE_BY_ONE ? readEach(keys) : atomically(() -> readEach(keys));
  }

  private Map<String, Versioned<Integer>> readEach(List<String> keys) {
    Map<String, Versioned<Integer>> found = new HashMap<>();
    for (String key : keys) {
      Versioned<Integer> state = get(key);
      if (state != null) {
        found.put(key, state);
      }
      if (flaw == Flaw.READ_ONE_BY_ONE) {
        gap();
      }
    }
    return found;
  }

  @Override
  public WriteResult<Integer> put(String key, int value, Expected expected) {
    return write(Write.put(key, value, expected));
  }

  @Override
  public WriteResult<Integer> delete(String key, Expected expected) {
    Versioned<Integer> before = get(key);
    WriteResult<Integer> result = write(Write.delete(key, expected));
    if (flaw == Flaw.FORGET_FOR_A_MOMENT && before != null) {
      gap();
      atomically(() -> floor = Math.max(floor, before.version()));
    }
    return result;
  }

  private WriteResult<Integer> write(Write<String, Integer> write) {
    Versioned<Integer> before = get(write.key());
    if (flaw == Flaw.CHECK_THEN_WRITE) {
      return compareAndWrite(write, before);
    }
    return atomically(
        () -> {
          Versioned<Integer> now = get(write.key());
          WriteResult<Integer> result = compareAndWrite(write, now);
          return flaw == Flaw.OLD_NEWS && !result.isApplied()
              ? new WriteResult.Conflict<>(write.expected(), before)
              : result;
        });
  }

  private WriteResult<Integer> compareAndWrite(
      Write<String, Integer> write, @Nullable Versioned<Integer> current) {
    return write.expected().holdsFor(current)
        ? atomically(() -> new WriteResult.Applied<>(replace(write, current)))
        : new WriteResult.Conflict<>(write.expected(), current);
  }

  /** Under the lock. */
  private @Nullable Versioned<Integer> replace(
      Write<String, Integer> write, @Nullable Versioned<Integer> current) {
    if (write instanceof Write.Put<String, Integer> put) {
      long version = current == null ? firstVersion() : current.version() + 1;
      Versioned<Integer> next = new Versioned<>(put.value(), version, null, null);
      states.put(write.key(), next);
      return next;
    }
    Versioned<Integer> gone = states.remove(write.key());
    if (gone != null && flaw != Flaw.FORGET_FOR_A_MOMENT) {
      floor = Math.max(floor, gone.version());
    }
    return null;
  }

  private long firstVersion() {
    return flaw == Flaw.BEGIN_ANEW ? 1 : floor + 1;
  }

  @Override
  public WriteResult<Integer> update(String key, UnaryOperator<Integer> edit) {
    while (true) {
      Versioned<Integer> current = Objects.requireNonNull(get(key));
      Expected expected =
          flaw == Flaw.UPDATE_BLINDLY ? Expected.any() : Expected.version(current.version());
      WriteResult<Integer> result = put(key, edit.apply(current.value()), expected);
      if (result.isApplied()) {
        return result;
      }
    }
  }

  @Override
  public CommitResult<String, Integer> commit(Commit<String, Integer> commit) {
    Map<String, WriteResult.Conflict<Integer>> conflicts = new HashMap<>();
    if (flaw == Flaw.COMMIT_ONE_BY_ONE) {
      check(commit.reads(), conflicts);
      commit.writes().values().forEach(write -> note(write, write(write), conflicts));
      return resultOf(conflicts);
    }
    if (flaw == Flaw.CHECK_READS_FIRST) {
      check(commit.reads(), conflicts);
      gap();
      return atomically(() -> checkAndWrite(commit, conflicts));
    }
    return atomically(
        () -> {
          check(commit.reads(), conflicts);
          return checkAndWrite(commit, conflicts);
        });
  }

  /** Under the lock. */
  private CommitResult<String, Integer> checkAndWrite(
      Commit<String, Integer> commit, Map<String, WriteResult.Conflict<Integer>> conflicts) {
    Map<String, Expected> expectations = new HashMap<>();
    commit.writes().forEach((key, write) -> expectations.put(key, write.expected()));
    check(expectations, conflicts);
    if (conflicts.isEmpty()) {
      commit.writes().forEach((key, write) -> replace(write, states.get(key)));
    }
    return resultOf(conflicts);
  }

  private void check(
      Map<String, Expected> expectations, Map<String, WriteResult.Conflict<Integer>> conflicts) {
    expectations.forEach(
        (key, expected) -> {
          Versioned<Integer> current = get(key);
          if (!expected.holdsFor(current)) {
            conflicts.put(key, new WriteResult.Conflict<>(expected, current));
          }
        });
  }

  private static void note(
      Write<String, Integer> write,
      WriteResult<Integer> result,
      Map<String, WriteResult.Conflict<Integer>> conflicts) {
    if (result instanceof WriteResult.Conflict<Integer> conflict) {
      conflicts.put(write.key(), conflict);
    }
  }

  private static CommitResult<String, Integer> resultOf(
      Map<String, WriteResult.Conflict<Integer>> conflicts) {
    return conflicts.isEmpty()
        ? new CommitResult.Applied<>(Map.of())
        : new CommitResult.Conflicted<>(conflicts);
  }
}
