/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jcstress.store;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.RetryPolicy;
import org.occ4j.Versioned;
import org.occ4j.store.Commit;
import org.occ4j.store.CommitResult;
import org.occ4j.store.VersionedStore;
import org.occ4j.store.WriteResult;

/**
 * As much of a store as the races need, so that one body runs them on the library and on twins, and
 * the words in which they write down what a store answered.
 */
interface SmallStore {

  /** Two keys, in byte order. */
  String A = "a";

  String B = "b";

  /** Tries again at once, more often than any race can be lost. */
  RetryPolicy STUBBORN = new RetryPolicy(1000, Duration.ofHours(1), Duration.ZERO, Duration.ZERO);

  /** The present state of the key, if it has one. */
  @Nullable Versioned<Integer> get(String key);

  /** The present states of these keys, all of one moment. */
  Map<String, Versioned<Integer>> getAll(List<String> keys);

  /** Stores the value if the expectation holds. */
  WriteResult<Integer> put(String key, int value, Expected expected);

  /** Removes the key if the expectation holds. */
  WriteResult<Integer> delete(String key, Expected expected);

  /** Edits the value until no rival comes between. */
  WriteResult<Integer> update(String key, UnaryOperator<Integer> edit);

  /** Applies all writes at one moment, or none. */
  CommitResult<String, Integer> commit(Commit<String, Integer> commit);

  /** Stores an initial value; returns its version. */
  default long begin(String key, int value) {
    Versioned<Integer> state = put(key, value, Expected.absent()).orThrow();
    if (state == null) {
      throw new IllegalStateException("not new: " + key);
    }
    return state.version();
  }

  /** The value of the key as a word. */
  default String valueOf(String key) {
    return word(get(key));
  }

  /** The values of these keys at one moment, as words. */
  default String valuesOf(String first, String second) {
    Map<String, Versioned<Integer>> all = getAll(List.of(first, second));
    return word(all.get(first)) + " " + word(all.get(second));
  }

  /** What the writer was told: that it won, or the state that it lost to. */
  static String told(WriteResult<Integer> result) {
    return result.isApplied() ? "won" : "told " + word(result.current());
  }

  /** What the writer was told of these keys: that it won, or the states that it lost to. */
  static String told(CommitResult<String, Integer> result) {
    if (result instanceof CommitResult.Conflicted<String, Integer> failed) {
      StringBuilder words = new StringBuilder("told");
      failed.conflicts().entrySet().stream()
          .sorted(Map.Entry.comparingByKey())
          .forEach(
              one ->
                  words
                      .append(" ")
                      .append(one.getKey())
                      .append("=")
                      .append(word(one.getValue().current())));
      return words.toString();
    }
    return "won";
  }

  /** A state as a word. */
  static String word(@Nullable Versioned<Integer> state) {
    return state == null ? "none" : String.valueOf(state.value());
  }

  /** The library's store. */
  static SmallStore library() {
    return of(VersionedStore.inMemory(KeyCodec.strings()));
  }

  /** The library's store in a world without time, where nothing but its floors parts two lives. */
  static SmallStore libraryOutOfTime() {
    InstantSource stopped = () -> Instant.EPOCH;
    return of(
        VersionedStore.<String, Integer>builder("race", KeyCodec.strings()).clock(stopped).build());
  }

  private static SmallStore of(VersionedStore<String, Integer> store) {
    return new SmallStore() {
      @Override
      public @Nullable Versioned<Integer> get(String key) {
        return store.get(key).orElse(null);
      }

      @Override
      public Map<String, Versioned<Integer>> getAll(List<String> keys) {
        return store.getAll(keys);
      }

      @Override
      public WriteResult<Integer> put(String key, int value, Expected expected) {
        return store.put(key, value, expected);
      }

      @Override
      public WriteResult<Integer> delete(String key, Expected expected) {
        return store.delete(key, expected);
      }

      @Override
      public WriteResult<Integer> update(String key, UnaryOperator<Integer> edit) {
        return store.update(key, edit, STUBBORN);
      }

      @Override
      public CommitResult<String, Integer> commit(Commit<String, Integer> commit) {
        return store.commit(commit);
      }
    };
  }
}
