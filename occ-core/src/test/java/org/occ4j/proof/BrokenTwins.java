/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.proof;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.occ4j.Expected;
import org.occ4j.MutationId;
import org.occ4j.Versioned;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationResult;
import org.occ4j.mutation.MutationResult.Applied;
import org.occ4j.mutation.MutationResult.Conflicted;
import org.occ4j.mutation.Rejection;
import org.occ4j.store.VersionedStore;
import org.occ4j.store.WriteResult;
import org.occ4j.testkit.ForwardingStore;

/** Implementations that are each broken in one way that has been seen in the field. */
final class BrokenTwins {
  private BrokenTwins() {}

  /** A store that checks, and then writes: a lost update. */
  static final class CheckThenActStore extends ForwardingStore<String, String> {
    Runnable between = () -> {};

    CheckThenActStore(VersionedStore<String, String> store) {
      super(store);
    }

    @Override
    public WriteResult<String> put(String key, String value, Expected expected) {
      Versioned<String> found = get(key).orElse(null);
      if (!expected.holdsFor(found)) {
        return new WriteResult.Conflict<>(expected, found);
      }
      Runnable rival = between;
      between = () -> {};
      rival.run();
      return store().put(key, value, Expected.any());
    }
  }

  /** A store that answers reads from what it has read once. */
  static final class StaleStore extends ForwardingStore<String, String> {
    private final Map<String, Optional<Versioned<String>>> read = new HashMap<>();

    StaleStore(VersionedStore<String, String> store) {
      super(store);
    }

    @Override
    public Optional<Versioned<String>> get(String key) {
      return read.computeIfAbsent(key, store()::get);
    }
  }

  /** A store whose versions begin anew when a key is deleted and created again. */
  static final class ForgetfulStore extends ForwardingStore<String, String> {
    private final Map<String, Versioned<String>> states = new TreeMap<>();

    ForgetfulStore(VersionedStore<String, String> store) {
      super(store);
    }

    @Override
    public WriteResult<String> put(String key, String value, Expected expected) {
      Versioned<String> found = states.get(key);
      if (!expected.holdsFor(found)) {
        return new WriteResult.Conflict<>(expected, found);
      }
      long version = found == null ? 1 : found.version() + 1;
      Versioned<String> next = new Versioned<>(value, version, null, null);
      states.put(key, next);
      return new WriteResult.Applied<>(next);
    }

    @Override
    public WriteResult<String> delete(String key, Expected expected) {
      states.remove(key);
      return new WriteResult.Applied<>(null);
    }
  }

  /** Keeps the answer of a mutation before it has compared and set. */
  static final class AnswerBeforeCheck implements Node.Mutations {
    private final VersionedStore<String, String> store;
    private final Map<MutationId, Versioned<String>> answers = new HashMap<>();
    Runnable between = () -> {};

    AnswerBeforeCheck(VersionedStore<String, String> store) {
      this.store = store;
    }

    @Override
    public MutationResult<String> apply(Mutation<String, String> mutation, boolean audited) {
      Versioned<String> kept = answers.get(mutation.id());
      if (kept != null) {
        return new Applied<>(kept, true);
      }
      Versioned<String> found = store.get(mutation.key()).orElse(null);
      if (!mutation.expected().holdsFor(found)) {
        return new Conflicted<>(mutation.expected(), found, List.of());
      }
      String value = edited(mutation, found);
      long version = found == null ? 1 : found.version() + 1;
      answers.put(mutation.id(), new Versioned<>(value, version, null, null));
      between.run();
      return result(mutation, store.put(mutation.key(), value, exactly(found)));
    }
  }

  /** Trusts the state that it wrote last, and does not compare. */
  static final class TrustingPipeline implements Node.Mutations {
    private final VersionedStore<String, String> store;
    private final Map<String, Versioned<String>> carried = new HashMap<>();

    TrustingPipeline(VersionedStore<String, String> store) {
      this.store = store;
    }

    @Override
    public MutationResult<String> apply(Mutation<String, String> mutation, boolean audited) {
      Versioned<String> state =
          carried.computeIfAbsent(mutation.key(), key -> store.get(key).orElse(null));
      if (!mutation.expected().holdsFor(state)) {
        return new Conflicted<>(mutation.expected(), state, List.of());
      }
      WriteResult<String> written =
          store.put(mutation.key(), edited(mutation, state), Expected.any());
      carried.put(mutation.key(), written.current());
      return result(mutation, written);
    }
  }

  /** Writes what waits for a key in one go, and answers all alike, who was rejected too. */
  static final class CarelessBatch implements Node.Mutations {
    private final VersionedStore<String, String> store;
    private final List<Mutation<String, String>> waiting = new ArrayList<>();

    CarelessBatch(VersionedStore<String, String> store) {
      this.store = store;
    }

    /** Has a mutation wait for the next one. */
    void gather(Mutation<String, String> mutation) {
      waiting.add(mutation);
    }

    @Override
    public MutationResult<String> apply(Mutation<String, String> mutation, boolean audited) {
      Versioned<String> state = store.get(mutation.key()).orElse(null);
      waiting.add(mutation);
      for (Mutation<String, String> member : waiting) {
        state = written(member, state);
      }
      waiting.clear();
      return new Applied<>(state, false);
    }

    private @Nullable Versioned<String> written(
        Mutation<String, String> member, @Nullable Versioned<String> state) {
      try {
        String value = member.edit().apply(state == null ? null : state.value());
        return store.put(member.key(), value, exactly(state)).current();
      } catch (Rejection dropped) {
        return state;
      }
    }
  }

  /** A change feed over numbered rows, whose numbers are drawn before their commits. */
  static final class NumberedFeed {
    private final boolean waitsForGaps;
    private final TreeMap<Long, FeedEntry> committed = new TreeMap<>();
    private long last;

    NumberedFeed(boolean waitsForGaps) {
      this.waitsForGaps = waitsForGaps;
    }

    void commit(long number, String key, long version) {
      committed.put(number, new FeedEntry("follower", "PUT", key, version));
    }

    /** Tells what lies behind the last number that was told. */
    void poll(History history) {
      while (!committed.tailMap(last, false).isEmpty()) {
        long next = committed.tailMap(last, false).firstKey();
        if (waitsForGaps && next != last + 1) {
          return;
        }
        history.add(committed.get(next));
        last = next;
      }
    }
  }

  private static @Nullable String edited(
      Mutation<String, String> mutation, @Nullable Versioned<String> state) {
    try {
      return mutation.edit().apply(state == null ? null : state.value());
    } catch (Rejection no) {
      throw new IllegalStateException(no);
    }
  }

  private static Expected exactly(@Nullable Versioned<String> state) {
    return state == null ? Expected.absent() : Expected.version(state.version());
  }

  private static MutationResult<String> result(
      Mutation<String, String> mutation, WriteResult<String> written) {
    return written.isApplied()
        ? new Applied<>(written.current(), false)
        : new Conflicted<>(mutation.expected(), written.current(), List.of());
  }
}
