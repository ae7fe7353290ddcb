/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.occ4j.Expected;
import org.occ4j.Fingerprint;
import org.occ4j.MutationId;
import org.occ4j.StoreUnavailableException;
import org.occ4j.idempotency.InFlightPolicy;
import org.occ4j.idempotency.Outcome;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationPipeline;
import org.occ4j.mutation.MutationResult;
import org.occ4j.mutation.MutationResult.Applied;
import org.occ4j.mutation.MutationResult.Refused;
import org.occ4j.mutex.Hold;

/** A mutation has one effect however often it is sent, and those of one key take turns. */
public abstract class MutationTurnsContract extends PipelineFixture {
  // ---- the same id

  /** Whether the application gives no fingerprint or one of the body: the answer would be wrong. */
  @Test
  void apply_sameIdWithAnotherKey_isRefusedAsMismatchAndChangesNothing() throws Exception {
    MutationPipeline<String, Note> pipeline = pipeline();
    for (Fingerprint ofBody : List.of(Fingerprint.none(), print("body"))) {
      MutationId id = id();
      Mutation<String, Note> first =
          Mutation.of(id, "one", Expected.any(), Edit.set(DRAFT)).fingerprint(ofBody).build();
      Mutation<String, Note> other =
          Mutation.of(id, "two", Expected.any(), Edit.set(DRAFT)).fingerprint(ofBody).build();
      assertThat(pipeline.apply(first).isApplied()).isTrue();
      assertThat(pipeline.apply(other))
          .isEqualTo(new Refused<Note>(Outcome.Reason.MISMATCH, Duration.ZERO));
      assertThat(store().get("two")).isEmpty();
      assertThat(applied(pipeline.apply(first)).replayed()).isTrue();
    }
  }

  @Test
  void apply_otherPayload_isRefusedAsMismatch() throws Exception {
    MutationId id = id();
    Mutation<String, Note> first =
        Mutation.of(id, "a", Expected.any(), Edit.set(DRAFT)).fingerprint(print("a")).build();
    Mutation<String, Note> second =
        Mutation.of(id, "b", Expected.any(), Edit.set(DRAFT)).fingerprint(print("b")).build();
    pipeline().apply(first);

    assertThat(pipeline().apply(second))
        .isEqualTo(new Refused<Note>(Outcome.Reason.MISMATCH, Duration.ZERO));
    assertThat(store().get("b")).isEmpty();
  }

  @Test
  void apply_sameIdInFlight_isRefusedOrWaitsAsThePolicySays() throws Exception {
    try (Leader leader = new Leader(id(), "a")) {
      assertThat(pipeline().apply(leader.duplicate()))
          .isInstanceOfSatisfying(
              Refused.class,
              refused -> {
                assertThat(refused.reason()).isEqualTo(Outcome.Reason.IN_FLIGHT);
                assertThat(refused.retryAfter()).isPositive();
              });
      Running<MutationResult<Note>> waiting =
          Running.start(
              () ->
                  pipeline(new Settings(LONG, InFlightPolicy.waitUpTo(LONG)))
                      .apply(leader.duplicate()));
      Applied<Note> done = leader.finish();

      assertThat(waiting.result()).isEqualTo(new Applied<>(done.current(), true));
      assertThat(edits).hasValue(1);
    }
  }

  @Test
  void apply_sameIdFromManyThreadsWithoutACommonTurn_hasOneEffect() throws Exception {
    MutationPipeline<String, Note> pipeline =
        pipeline(new Settings(LONG, InFlightPolicy.waitUpTo(LONG)));
    for (int round = 0; round < 10; round++) {
      String key = "key" + round;
      stored(key, new Note("0", ""));
      AtomicInteger turns = new AtomicInteger();
      MutationId id = id();
      List<MutationResult<Note>> results =
          Concurrently.threads(6)
              .run(
                  runner ->
                      pipeline.apply(
                          Mutation.of(id, key, Expected.any(), incrementing())
                              .lockKey("turn " + turns.incrementAndGet())
                              .build()))
              .values();

      assertThat(store().get(key).orElseThrow().value().title()).isEqualTo("1");
      assertThat(results)
          .allSatisfy(
              result -> assertThat(applied(result).current().value().title()).isEqualTo("1"));
      assertThat(results).filteredOn(result -> !applied(result).replayed()).hasSize(1);
    }
  }

  @Test
  void apply_fromWithinItsOwnEdit_isRefusedAsABug() throws Exception {
    MutationId id = id();
    Edit<Note> calling =
        current -> {
          assertThatThrownBy(
                  () ->
                      pipeline()
                          .apply(Mutation.of(id, "a", Expected.any(), Edit.set(DRAFT)).build()))
              .isInstanceOf(IllegalStateException.class);
          return DRAFT;
        };
    assertThat(pipeline().apply(Mutation.of(id, "a", Expected.any(), calling).build()))
        .isInstanceOf(Applied.class);
  }

  // ---- turns

  @Test
  void apply_manyThreadsOnOneKey_losesNoUpdateAndEditsOneAtATime() throws Exception {
    stored("a", new Note("0", ""));
    AtomicInteger inside = new AtomicInteger();
    MutationPipeline<String, Note> pipeline = pipeline();
    Edit<Note> alone =
        current -> {
          assertThat(inside.incrementAndGet()).isOne();
          Note next = incrementing().apply(current);
          inside.decrementAndGet();
          return next;
        };
    Concurrently.threads(6)
        .run(
            runner -> {
              for (int i = 0; i < 20; i++) {
                applied(pipeline.apply(Mutation.of(id(), "a", Expected.present(), alone).build()));
              }
              return null;
            })
        .values();
    assertThat(store().get("a").orElseThrow().value().title()).isEqualTo("120");
    assertThat(edits).as("no edit was wasted").hasValue(120);
  }

  /** Shows that the test above can fail: read, edit and an unconditional write lose updates. */
  @Test
  void blindWrites_manyThreadsOnOneKey_loseUpdates() throws Exception {
    stored("a", new Note("0", ""));
    CyclicBarrier allHaveRead = new CyclicBarrier(6);
    Concurrently.threads(6)
        .run(
            runner -> {
              Note next = incrementing().apply(store().get("a").orElseThrow().value());
              allHaveRead.await();
              return store().put("a", next, Expected.any());
            })
        .values();
    assertThat(store().get("a").orElseThrow().value().title()).isEqualTo("1");
  }

  @Test
  void apply_turnNotHadInTime_isUnavailableAndNothingIsDone() throws Exception {
    Mutation<String, Note> mutation = retitle("a", Expected.any(), "x").build();
    stored("a", DRAFT);
    try (Hold<String> held = mutex().acquire(store().name() + ":a")) {
      assertThatThrownBy(
              () -> pipeline(new Settings(SHORT, InFlightPolicy.reject())).apply(mutation))
          .isInstanceOf(StoreUnavailableException.class)
          .hasMessageContaining(store().name() + ":a");
    }
    assertThat(edits).hasValue(0);
    assertThat(applied(pipeline().apply(mutation)).replayed()).isFalse();
  }

  @Test
  void apply_ownLockKey_takesThatTurn() throws Exception {
    Mutation<String, Note> mutation =
        Mutation.of(id(), "a", Expected.any(), Edit.set(DRAFT)).lockKey("board:7").build();
    try (Hold<String> held = mutex().acquire("board:7")) {
      assertThatThrownBy(
              () -> pipeline(new Settings(SHORT, InFlightPolicy.reject())).apply(mutation))
          .isInstanceOf(StoreUnavailableException.class);
    }
  }

  @Test
  void apply_knownMutation_isReplayedWithoutATurn() throws Exception {
    Mutation<String, Note> mutation =
        Mutation.of(id(), "a", Expected.any(), Edit.set(DRAFT)).build();
    Applied<Note> first = applied(pipeline().apply(mutation));
    try (Hold<String> held = mutex().acquire(store().name() + ":a")) {
      assertThat(pipeline(new Settings(SHORT, InFlightPolicy.reject())).apply(mutation))
          .isEqualTo(new Applied<>(first.current(), true));
    }
  }

  @Test
  void apply_interruptedWhileWaitingForTheTurn_throwsAndDoesNothing() throws Exception {
    try (Hold<String> held = mutex().acquire(store().name() + ":a")) {
      Running<MutationResult<Note>> waiting =
          Running.start(() -> pipeline().apply(set("a", Expected.any(), DRAFT)));
      waiting.interrupt();
      assertThatThrownBy(waiting::result).isInstanceOf(InterruptedException.class);
    }
    assertThat(store().get("a")).isEmpty();
  }

  @Test
  void apply_otherKey_doesNotWait() throws Exception {
    try (Leader leader = new Leader(id(), "a")) {
      assertThat(pipeline().apply(set("b", Expected.any(), DRAFT))).isInstanceOf(Applied.class);
      leader.finish();
    }
  }
}
