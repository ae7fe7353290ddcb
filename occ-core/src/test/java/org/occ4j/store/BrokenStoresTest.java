/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.store;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.RetryPolicy;
import org.occ4j.Versioned;
import org.occ4j.testkit.ForwardingStore;
import org.occ4j.testkit.StoreHistories;
import org.occ4j.testkit.StoreRaces;

/** The races of the contract catch a store that breaks the promise which each is about. */
class BrokenStoresTest {
  private static final int ENOUGH = 20_000;

  private static void assertCaught(ThrowingCallable race, String by) {
    assertThatThrownBy(race).isInstanceOf(AssertionError.class).hasMessageContaining(by);
  }

  @Test
  void updatesLoseNothing_storeThatWritesWithoutComparing_isCaught() {
    assertCaught(
        () -> StoreRaces.updatesLoseNothing(new WithoutComparing(), 4, ENOUGH), "all updates");
  }

  @Test
  void lives_storeWhoseVersionsBeginAnew_isCaught() {
    assertCaught(
        () -> StoreRaces.livesHaveOneCreatorAndVersionsOfTheirOwn(new BeginningAnew(), 2, 100),
        "versions of all lives");
  }

  @Test
  void commitsAreSeenWhole_storeThatCommitsOneByOne_isCaught() {
    assertCaught(() -> StoreRaces.commitsAreSeenWhole(new OneByOne(), ENOUGH), "sum");
  }

  @Test
  void movedKeyIsSeenOnce_storeThatReadsOneByOne_isCaught() {
    assertCaught(() -> StoreRaces.movedKeyIsSeenOnce(new ReadingOneByOne(), ENOUGH), "places");
  }

  @Test
  void readSetsAreGuarded_storeThatForgetsReads_isCaught() {
    assertCaught(() -> StoreRaces.readSetsAreGuarded(new ForgettingReads(), ENOUGH), "skew");
  }

  @Test
  void histories_storeWhoseConflictsAnswerWithAnEarlierState_isCaught() {
    assertCaught(
        () -> StoreHistories.areLinearizable(new AnsweringFromBefore(), ENOUGH), "no order");
  }

  @SuppressWarnings("ThreadPriorityCheck") // only makes the break wider; no result rests on it
  private static void letOthersIn() {
    Thread.yield();
  }

  private abstract static class Broken extends ForwardingStore<String, String> {
    Broken() {
      super(VersionedStore.inMemory(KeyCodec.strings()));
    }
  }

  private static final class WithoutComparing extends Broken {
    @Override
    public WriteResult<String> update(String key, UnaryOperator<String> edit, RetryPolicy retry) {
      String next = edit.apply(get(key).orElseThrow().value());
      letOthersIn();
      return put(key, next, Expected.any());
    }
  }

  /** As a statement does that changes and reads by one snapshot. */
  private static final class AnsweringFromBefore extends Broken {
    @Override
    public WriteResult<String> put(String key, String value, Expected expected) {
      Versioned<String> before = get(key).orElse(null);
      letOthersIn();
      WriteResult<String> result = super.put(key, value, expected);
      return result.isApplied() ? result : new WriteResult.Conflict<>(expected, before);
    }
  }

  private static final class BeginningAnew extends Broken {
    @Override
    public WriteResult<String> put(String key, String value, Expected expected) {
      WriteResult<String> result = super.put(key, value, expected);
      Versioned<String> state = result.current();
      if (!result.isApplied() || state == null) {
        return result;
      }
      return new WriteResult.Applied<>(new Versioned<>(value, 1, null, null));
    }

    @Override
    public WriteResult<String> delete(String key, Expected expected) {
      return super.delete(key, Expected.any());
    }
  }

  private static final class OneByOne extends Broken {
    @Override
    public CommitResult<String, String> commit(Commit<String, String> atomic) {
      Map<String, Versioned<String>> written = new HashMap<>();
      for (Write<String, String> write : atomic.writes().values()) {
        Write.Put<String, String> put = (Write.Put<String, String>) write;
        WriteResult<String> result = put(put.key(), put.value(), put.expected());
        if (result instanceof WriteResult.Conflict<String> conflict) {
          return new CommitResult.Conflicted<>(Map.of(put.key(), conflict));
        }
        letOthersIn();
        written.put(put.key(), result.current());
      }
      return new CommitResult.Applied<>(written);
    }
  }

  private static final class ReadingOneByOne extends Broken {
    @Override
    public Map<String, Versioned<String>> getAll(Collection<? extends String> keys) {
      Map<String, Versioned<String>> found = new HashMap<>();
      for (String key : keys) {
        Optional<Versioned<String>> state = get(key);
        state.ifPresent(present -> found.put(key, present));
      }
      return found;
    }
  }

  private static final class ForgettingReads extends Broken {
    @Override
    public CommitResult<String, String> commit(Commit<String, String> atomic) {
      for (Map.Entry<String, Expected> read : atomic.reads().entrySet()) {
        Versioned<String> current = get(read.getKey()).orElse(null);
        if (!read.getValue().holdsFor(current)) {
          return new CommitResult.Conflicted<>(
              Map.of(read.getKey(), new WriteResult.Conflict<>(read.getValue(), current)));
        }
      }
      Commit<String, String> writes = Commit.empty();
      for (Write<String, String> write : atomic.writes().values()) {
        Write.Put<String, String> put = (Write.Put<String, String>) write;
        writes = writes.put(put.key(), put.value(), put.expected());
      }
      letOthersIn();
      return super.commit(writes);
    }
  }
}
