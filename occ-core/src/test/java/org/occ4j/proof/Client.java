/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.proof;

import java.sql.SQLException;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.occ4j.Expected;
import org.occ4j.OutcomeUnknownException;
import org.occ4j.StoreUnavailableException;
import org.occ4j.Versioned;
import org.occ4j.idempotency.Outcome;
import org.occ4j.mutation.MutationResult;
import org.occ4j.mutex.Hold;
import org.occ4j.proof.Operation.Call;
import org.occ4j.proof.Operation.Told;
import org.occ4j.store.WriteResult;
import org.occ4j.testkit.Together;

/**
 * Calls a node and records what it asked and what it was told. One thread uses it.
 *
 * <p>What a call throws is an answer if it is one of the two exceptions that say what became of the
 * call; anything else is thrown on, and ends the history.
 */
final class Client {
  private final String name;
  private final Node node;
  private final Consumer<Record> recorder;
  private final AtomicLong calls = new AtomicLong();

  Client(String name, Node node, Consumer<Record> recorder) {
    this.name = name;
    this.node = node;
    this.recorder = recorder;
  }

  /** What a node answered. */
  private record Answer(Told told, State state) {
    static Answer nothing(Told told) {
      return new Answer(told, State.ABSENT);
    }
  }

  /** A name for a content, unique in the history. */
  String fresh() {
    return name + "." + calls.incrementAndGet();
  }

  Operation read(String key) throws Exception {
    Operation asked = begin(Call.READ, key, null, Expected.any(), null, false);
    return end(asked, () -> new Answer(Told.FOUND, State.of(node.store().get(key).orElse(null))));
  }

  /** Reads through the cache of the node, if it has one. */
  void readCached(String key) throws Exception {
    NodeCache.Reads cache = node.cache();
    if (cache != null) {
      Operation asked = begin(Call.CACHED_READ, key, null, Expected.any(), null, false);
      end(asked, () -> new Answer(Told.FOUND, State.of(cache.get(key).orElse(null))));
    }
  }

  Operation put(String key, Expected expected) throws Exception {
    String content = fresh();
    Operation asked = begin(Call.PUT, key, content, expected, null, false);
    return end(asked, () -> written(node.store().put(key, content, expected)));
  }

  Operation delete(String key, Expected expected) throws Exception {
    Operation asked = begin(Call.DELETE, key, null, expected, null, false);
    return end(asked, () -> written(node.store().delete(key, expected)));
  }

  /** Sends a mutation once. */
  Operation send(Intent intent) throws Exception {
    Operation asked =
        begin(
            intent.call(),
            intent.key(),
            intent.content(),
            intent.expected(),
            intent.id().toString(),
            intent.audited());
    if (intent.call() == Call.EFFECT) {
      return end(asked, () -> done(node.effects().execute(intent.mutationId(), intent.content())));
    }
    return end(asked, () -> mutated(node.mutations().apply(intent.mutation(), intent.audited())));
  }

  private Operation begin(
      Call call,
      String key,
      @Nullable String content,
      Expected expected,
      @Nullable String mutation,
      boolean audited) {
    Operation asked =
        new Operation(
            fresh(),
            node.name(),
            call,
            key,
            content,
            Operation.spelled(expected),
            mutation,
            audited,
            System.nanoTime(),
            Operation.NEVER,
            Told.UNKNOWN,
            null,
            0);
    recorder.accept(asked);
    return asked;
  }

  private Operation end(Operation asked, Callable<Answer> call) throws Exception {
    Answer answer;
    try {
      answer = call.call();
    } catch (StoreUnavailableException | SQLException unavailable) {
      // The second is what a statement of an effect threw; all of it was rolled back.
      answer = Answer.nothing(Told.NOTHING_DONE);
    } catch (OutcomeUnknownException unknown) {
      answer = Answer.nothing(Told.UNKNOWN);
    }
    Operation told = asked.answered(answer.told(), answer.state(), System.nanoTime());
    recorder.accept(told);
    return told;
  }

  private static Answer written(WriteResult<String> result) {
    return new Answer(
        result.isApplied() ? Told.APPLIED : Told.CONFLICT, State.of(result.current()));
  }

  private static Answer mutated(MutationResult<String> result) {
    if (result instanceof MutationResult.Applied<String> applied) {
      return applied(applied.current(), applied.replayed());
    }
    if (result instanceof MutationResult.Conflicted<String> conflicted) {
      return new Answer(Told.CONFLICT, State.of(conflicted.current()));
    }
    boolean rejected = result instanceof MutationResult.Rejected;
    return Answer.nothing(rejected ? Told.REJECTED : Told.NOTHING_DONE);
  }

  private static Answer applied(@Nullable Versioned<String> current, boolean replayed) {
    return new Answer(replayed ? Told.REPLAYED : Told.APPLIED, State.of(current));
  }

  private static Answer done(Outcome<String> outcome) {
    if (outcome instanceof Outcome.Refused || outcome instanceof Outcome.Unresolved) {
      return Answer.nothing(Told.NOTHING_DONE);
    }
    boolean replayed = outcome instanceof Outcome.Replayed;
    return new Answer(replayed ? Told.REPLAYED : Told.APPLIED, new State(outcome.orThrow(), 0));
  }

  /** Runs a body while it has the key of the mutex, if that can be had. */
  void hold(String key, Together.Body body) throws Exception {
    long asked = System.nanoTime();
    Hold<String> hold;
    try {
      hold = node.mutex().tryAcquire(key);
    } catch (StoreUnavailableException | OutcomeUnknownException notHad) {
      return;
    }
    if (hold == null) {
      return;
    }
    try (hold) {
      String id = fresh();
      long granted = System.nanoTime();
      record(id, hold, asked, granted, granted);
      body.run();
      long look = System.nanoTime();
      if (hold.isValid()) {
        record(id, hold, asked, granted, look);
      }
    }
  }

  private void record(String id, Hold<String> hold, long asked, long granted, long lastValid) {
    recorder.accept(
        new Held(id, node.name(), hold.key(), asked, granted, lastValid, hold.fencingToken()));
  }
}
