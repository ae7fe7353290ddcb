/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.occ4j.Expected;
import org.occ4j.Fingerprint;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.StoreUnavailableException;
import org.occ4j.Tag;
import org.occ4j.Versioned;
import org.occ4j.change.Change;
import org.occ4j.change.ChangeFeed;
import org.occ4j.change.Subscription;
import org.occ4j.idempotency.InFlightPolicy;
import org.occ4j.idempotency.Outcome;
import org.occ4j.merge.FieldChange;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationPipeline;
import org.occ4j.mutation.MutationResult;
import org.occ4j.mutation.MutationResult.Applied;
import org.occ4j.mutation.MutationResult.Conflicted;
import org.occ4j.mutation.MutationResult.Refused;
import org.occ4j.mutation.MutationResult.Rejected;
import org.occ4j.mutation.PipelineStats;
import org.occ4j.mutation.Rejection;
import org.occ4j.mutex.Hold;
import org.occ4j.mutex.KeyedMutex;
import org.occ4j.store.VersionedStore;
import org.occ4j.store.WriteResult;

/** What every {@link MutationPipeline} promises. */
public abstract class MutationPipelineContract {
  private static final Scope SCOPE = new Scope("acme", "ada", "note.edit");
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final Duration SHORT = Duration.ofMillis(30);
  private static final Note DRAFT = new Note("title", "body");

  private final AtomicInteger edits = new AtomicInteger();

  /**
   * What a test wants of a pipeline.
   *
   * @param turnTimeout how long to wait for the turn
   * @param inFlight what to do with a duplicate
   */
  protected record Settings(Duration turnTimeout, InFlightPolicy inFlight) {}

  /** A pipeline over {@link #store}, {@link #mutex} and {@link Note#MERGER}. */
  protected abstract MutationPipeline<String, Note> pipeline(Settings settings);

  /** A pipeline over {@link #store} that merges conflicts by the fields of a note. */
  protected abstract MutationPipeline<String, Note> mergingPipeline();

  /** The store under the pipelines, empty at the start, which records its changes. */
  protected abstract VersionedStore<String, Note> store();

  /** The mutex of the pipelines. */
  protected abstract KeyedMutex<String> mutex();

  /** The feed of the store. */
  protected abstract ChangeFeed feed();

  // ---- applied and replayed

  @Test
  void apply_expectationHolds_appliesAndReturnsTheNewState() throws Exception {
    Versioned<Note> before = stored("a", DRAFT);

    MutationResult<Note> result =
        pipeline()
            .apply(
                Mutation.of(
                        id(),
                        "a",
                        Expected.version(before.version()),
                        Edit.<Note>update(note -> note.title("new")))
                    .updatedBy("ada")
                    .build());

    Versioned<Note> now = store().get("a").orElseThrow();
    assertThat(result).isEqualTo(new Applied<>(now, false));
    assertThat(now.value()).isEqualTo(DRAFT.title("new"));
    assertThat(now.version()).isGreaterThan(before.version());
    assertThat(now.updatedBy()).isEqualTo("ada");
  }

  @Test
  void apply_again_replaysTheStateAsItWasThen() throws Exception {
    Versioned<Note> before = stored("a", DRAFT);
    Mutation<String, Note> mutation =
        retitle("a", Expected.version(before.version()), "mine").build();
    Applied<Note> first = applied(pipeline().apply(mutation));
    Versioned<Note> later = stored("a", DRAFT.title("later"));

    assertThat(pipeline().apply(mutation)).isEqualTo(new Applied<>(first.current(), true));
    assertThat(edits).hasValue(1);
    assertThat(store().get("a")).hasValue(later);
  }

  @Test
  void apply_toAnAbsentKey_creates() throws Exception {
    Mutation<String, Note> create =
        Mutation.of(id(), "a", Expected.absent(), Edit.set(DRAFT)).build();
    Applied<Note> created = applied(pipeline().apply(create));

    assertThat(store().get("a")).hasValue(created.current());
    assertThat(pipeline().apply(create)).isEqualTo(new Applied<>(created.current(), true));
    assertThat(pipeline().apply(set("a", Expected.absent(), DRAFT)))
        .isEqualTo(new Conflicted<>(Expected.absent(), created.current(), List.of()));
  }

  @Test
  void apply_editReturnsNull_deletes() throws Exception {
    Versioned<Note> before = stored("a", DRAFT);
    Mutation<String, Note> delete =
        Mutation.of(id(), "a", Expected.version(before.version()), Edit.<Note>delete()).build();

    assertThat(pipeline().apply(delete)).isEqualTo(new Applied<Note>(null, false));
    assertThat(store().get("a")).isEmpty();
    assertThat(pipeline().apply(delete)).isEqualTo(new Applied<Note>(null, true));
  }

  @Test
  void apply_deletingNothing_isAppliedWhereThatWasAllowed() throws Exception {
    assertThat(
            pipeline().apply(Mutation.of(id(), "a", Expected.any(), Edit.<Note>delete()).build()))
        .isEqualTo(new Applied<Note>(null, false));
  }

  @Test
  void apply_expectingAnInstant_comparesIt() throws Exception {
    Versioned<Note> before = stored("a", DRAFT);
    assertThat(before.updatedAt()).as("the store keeps instants").isNotNull();

    Mutation<String, Note> stale =
        retitle("a", Expected.updatedAt(before.updatedAt().minusSeconds(1)), "stale").build();
    assertThat(pipeline().apply(stale)).isInstanceOf(Conflicted.class);
    Mutation<String, Note> fresh =
        retitle("a", Expected.updatedAt(before.updatedAt()), "fresh").build();
    assertThat(pipeline().apply(fresh)).isInstanceOf(Applied.class);
  }

  // ---- conflicts

  @Test
  void apply_staleVersion_isConflictedWithTheStateAndTheFields() throws Exception {
    Versioned<Note> base = stored("a", DRAFT);
    Versioned<Note> theirs = stored("a", DRAFT.body("their body"));
    Expected stale = Expected.version(base.version());

    assertThat(pipeline().apply(retitle("a", stale, "my title").base(DRAFT).build()))
        .isEqualTo(
            new Conflicted<>(
                stale, theirs, List.of(new FieldChange("title", "title", "title", "my title"))));
    assertThat(pipeline().apply(set("a", stale, new Note("my title", "body"))))
        .isEqualTo(
            new Conflicted<>(
                stale,
                theirs,
                List.of(
                    new FieldChange("title", null, "title", "my title"),
                    new FieldChange("body", null, "their body", "body"))));
    assertThat(store().get("a")).hasValue(theirs);
  }

  /** What {@code If-Match: "other"} expects, and lists of tags. */
  @Test
  void apply_noneOfTheVersionsExpected_isConflictedWithTheState() throws Exception {
    Versioned<Note> theirs = stored("a", DRAFT);
    Versioned<Note> now = stored("a", DRAFT.body("later"));
    List<Expected> expectations =
        List.of(
            Expected.versionIn(List.of()),
            Expected.versionIn(List.of(theirs.version(), now.version() + 1)));
    for (Expected expected : expectations) {
      for (Edit<Note> edit :
          List.of(
              Edit.set(DRAFT), Edit.<Note>update(note -> note.title("x")), Edit.<Note>delete())) {
        assertThat(
                ((Conflicted<Note>)
                        pipeline().apply(Mutation.of(id(), "a", expected, edit).build()))
                    .current())
            .isEqualTo(now);
      }
      assertThat(pipeline().apply(set("b", expected, DRAFT)))
          .isEqualTo(new Conflicted<Note>(expected, null, List.of()));
    }
    assertThat(store().get("a")).hasValue(now);
    assertThat(store().get("b")).isEmpty();
  }

  @Test
  void apply_oneOfTheVersionsExpected_applies() throws Exception {
    Versioned<Note> before = stored("a", DRAFT);
    Versioned<Note> now = stored("a", DRAFT.body("later"));

    MutationResult<Note> result =
        pipeline()
            .apply(
                retitle("a", Expected.versionIn(List.of(before.version(), now.version())), "new")
                    .build());

    assertThat(result).isInstanceOf(Applied.class);
    assertThat(store().get("a").orElseThrow().value().title()).isEqualTo("new");
  }

  @Test
  void apply_deletedMeanwhile_isConflictedWithNoState() throws Exception {
    Versioned<Note> base = stored("a", DRAFT);
    store().delete("a", Expected.any());
    Expected stale = Expected.version(base.version());

    assertThat(pipeline().apply(set("a", stale, DRAFT)))
        .isEqualTo(new Conflicted<Note>(stale, null, List.of()));
    assertThat(pipeline().apply(set("a", Expected.present(), DRAFT)))
        .isEqualTo(new Conflicted<Note>(Expected.present(), null, List.of()));
    assertThat(store().get("a")).isEmpty();
  }

  @Test
  void apply_conflictedThenSentAgain_isCheckedAgain() throws Exception {
    Mutation<String, Note> create =
        Mutation.of(id(), "a", Expected.absent(), Edit.set(DRAFT)).build();
    stored("a", DRAFT.title("in the way"));
    assertThat(pipeline().apply(create)).isInstanceOf(Conflicted.class);
    store().delete("a", Expected.any());

    assertThat(applied(pipeline().apply(create)).replayed()).isFalse();
  }

  @Test
  void apply_editFailsOnTheWinningState_isStillConflicted() throws Exception {
    Versioned<Note> theirs = stored("a", DRAFT);
    Edit<Note> failing =
        current -> {
          throw new IllegalStateException("not on this");
        };
    Expected stale = Expected.version(theirs.version() + 1);
    assertThat(pipeline().apply(Mutation.of(id(), "a", stale, failing).build()))
        .isEqualTo(new Conflicted<>(stale, theirs, List.of()));
  }

  @Test
  void apply_writerPastThePipelineBetweenCheckAndWrite_isConflicted() throws Exception {
    Versioned<Note> base = stored("a", DRAFT);
    Edit<Note> overtaken =
        current -> {
          if (edits.incrementAndGet() == 1) {
            stored("a", DRAFT.title("overtook"));
          }
          return DRAFT.title("mine");
        };
    Expected expected = Expected.version(base.version());
    assertThat(pipeline().apply(Mutation.of(id(), "a", expected, overtaken).build()))
        .isInstanceOfSatisfying(
            Conflicted.class,
            lost -> {
              assertThat(lost.expected()).isEqualTo(expected);
              assertThat(lost.current()).isEqualTo(store().get("a").orElseThrow());
            });
    assertThat(store().get("a").orElseThrow().value().title()).isEqualTo("overtook");
  }

  @Test
  void apply_overtakenWhileExpectingAnything_editsTheWinningState() throws Exception {
    stored("a", DRAFT);
    Edit<Note> overtaken =
        current -> {
          if (edits.incrementAndGet() == 1) {
            stored("a", DRAFT.body("overtook"));
          }
          return current.title("mine");
        };
    assertThat(
            applied(pipeline().apply(Mutation.of(id(), "a", Expected.any(), overtaken).build()))
                .current()
                .value())
        .isEqualTo(new Note("mine", "overtook"));
    assertThat(edits).hasValue(2);
  }

  @Test
  void apply_overtakenAgainAndAgain_givesUpAndChangesNothing() throws Exception {
    stored("a", DRAFT);
    Edit<Note> alwaysOvertaken =
        current -> {
          stored("a", DRAFT.body("overtook " + edits.incrementAndGet()));
          return current.title("mine");
        };
    Mutation<String, Note> mutation =
        Mutation.of(id(), "a", Expected.present(), alwaysOvertaken).build();
    assertThatThrownBy(() -> pipeline().apply(mutation))
        .isInstanceOf(StoreUnavailableException.class);
    // How often it is overtaken differs: in a transaction the first loss locks the row.
    Note left = store().get("a").orElseThrow().value();
    assertThat(left.title()).isEqualTo(DRAFT.title());
    assertThat(left.body()).startsWith("overtook");
  }

  // ---- the application's own no, and its failures

  @Test
  void apply_rejected_storesTheNoAndChangesNothing() throws Exception {
    Versioned<Note> before = stored("a", DRAFT);
    Edit<Note> no =
        current -> {
          edits.incrementAndGet();
          throw new Rejection("over-budget", "that costs too much: ñ");
        };
    Mutation<String, Note> mutation =
        Mutation.of(id(), "a", Expected.version(before.version()), no).build();

    assertThat(pipeline().apply(mutation))
        .isEqualTo(new Rejected<Note>("over-budget", "that costs too much: ñ", false));
    stored("a", DRAFT.title("later"));
    assertThat(pipeline().apply(mutation))
        .isEqualTo(new Rejected<Note>("over-budget", "that costs too much: ñ", true));
    assertThat(edits).hasValue(1);
    assertThat(store().get("a").orElseThrow().value()).isEqualTo(DRAFT.title("later"));
  }

  @Test
  void apply_updatingAnAbsentKeyWhileExpectingAnything_isRejected() throws Exception {
    assertThat(pipeline().apply(retitle("a", Expected.any(), "x").build()))
        .isInstanceOfSatisfying(
            Rejected.class, rejected -> assertThat(rejected.code()).isEqualTo(Edit.ABSENT));
  }

  @Test
  void apply_editThrows_throwsTheSameAndReleasesTheClaim() throws Exception {
    Versioned<Note> before = stored("a", DRAFT);
    IllegalStateException failure = new IllegalStateException("bug");
    Edit<Note> failingOnce =
        current -> {
          if (edits.incrementAndGet() == 1) {
            throw failure;
          }
          return current.title("second try");
        };
    Mutation<String, Note> mutation =
        Mutation.of(id(), "a", Expected.version(before.version()), failingOnce).build();

    assertThatThrownBy(() -> pipeline().apply(mutation)).isSameAs(failure);
    assertThat(store().get("a")).hasValue(before);
    assertThat(applied(pipeline().apply(mutation)).replayed()).isFalse();
  }

  @Test
  void apply_null_isRefused() {
    assertThatThrownBy(() -> pipeline().apply(null)).isInstanceOf(NullPointerException.class);
  }

  // ---- the same id

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

  // ---- merged conflicts

  @Test
  void apply_mergingOtherFields_appliesBothAndSaysWhatWasMerged() throws Exception {
    Versioned<Note> base = stored("a", DRAFT);
    stored("a", DRAFT.body("their body"));
    Mutation<String, Note> mutation =
        retitle("a", Expected.version(base.version()), "my title").base(DRAFT).build();

    Applied<Note> merged = applied(mergingPipeline().apply(mutation));
    Versioned<Note> now = store().get("a").orElseThrow();
    assertThat(now.value()).isEqualTo(new Note("my title", "their body"));
    assertThat(merged.current()).isEqualTo(now);
    assertThat(merged.merged())
        .containsExactly(new FieldChange("body", "body", "their body", "body"));
    assertThat(mergingPipeline().apply(mutation)).isEqualTo(new Applied<>(now, true));
  }

  @Test
  void apply_mergingTheSameField_isConflicted() throws Exception {
    Versioned<Note> base = stored("a", DRAFT);
    Versioned<Note> theirs = stored("a", DRAFT.title("their title"));
    Expected stale = Expected.version(base.version());

    assertThat(mergingPipeline().apply(retitle("a", stale, "my title").base(DRAFT).build()))
        .isInstanceOf(Conflicted.class);
    assertThat(mergingPipeline().apply(retitle("a", stale, "no base").build()))
        .isInstanceOf(Conflicted.class);
    Mutation<String, Note> delete =
        Mutation.of(id(), "a", stale, Edit.<Note>delete()).base(DRAFT).build();
    assertThat(mergingPipeline().apply(delete)).isInstanceOf(Conflicted.class);
    assertThat(store().get("a")).hasValue(theirs);
  }

  @Test
  void apply_notMerging_isConflictedInOtherFieldsToo() throws Exception {
    Versioned<Note> base = stored("a", DRAFT);
    stored("a", DRAFT.body("their body"));
    Expected stale = Expected.version(base.version());
    assertThat(pipeline().apply(retitle("a", stale, "my title").base(DRAFT).build()))
        .isInstanceOf(Conflicted.class);
  }

  // ---- what is counted

  @Test
  void stats_countHowCallsEnded() throws Exception {
    MutationPipeline<String, Note> pipeline = pipeline();
    Versioned<Note> before = stored("a", DRAFT);
    Mutation<String, Note> first = retitle("a", Expected.version(before.version()), "x").build();
    pipeline.apply(first);
    pipeline.apply(first);
    pipeline.apply(retitle("a", Expected.version(before.version()), "y").build());
    pipeline.apply(retitle("none", Expected.any(), "z").build());
    Edit<Note> failing =
        current -> {
          throw new IllegalStateException("bug");
        };
    assertThatThrownBy(
            () -> pipeline.apply(Mutation.of(id(), "a", Expected.any(), failing).build()))
        .isInstanceOf(IllegalStateException.class);
    PipelineStats stats = pipeline.stats();
    assertThat(stats.applied()).isEqualTo(1);
    assertThat(stats.replayed()).isEqualTo(1);
    assertThat(stats.conflicted()).isEqualTo(1);
    assertThat(stats.rejected()).isEqualTo(1);
    assertThat(stats.failed()).isEqualTo(1);
    assertThat(stats.unknown() + stats.refused() + stats.unresolved() + stats.merged()).isZero();
    assertThat(stats.edits()).isGreaterThanOrEqualTo(3);
    assertThat(stats.times().count()).isEqualTo(5);
    assertThat(stats.times().percentile(0.99)).isPositive();
  }

  // ---- the feed

  @Test
  void apply_withTags_tellsDirectFollowersBeforeItReturns() throws Exception {
    ConcurrentLinkedQueue<Change> heard = new ConcurrentLinkedQueue<>();
    try (Subscription following = feed().followDirectly(heard::add)) {
      Mutation<String, Note> mutation =
          Mutation.of(id(), "a", Expected.absent(), Edit.set(DRAFT))
              .updatedBy("ada")
              .tags(Tag.of("note:a"), Tag.of("notes"))
              .build();
      Applied<Note> done = applied(pipeline().apply(mutation));

      assertThat(heard)
          .singleElement()
          .satisfies(
              change -> {
                assertThat(change.source()).isEqualTo(store().name());
                assertThat(change.kind()).isEqualTo(Change.Kind.PUT);
                assertThat(change.key()).isEqualTo("a");
                assertThat(change.version()).isEqualTo(done.current().version());
                assertThat(change.updatedBy()).isEqualTo("ada");
                assertThat(change.tags())
                    .containsExactlyInAnyOrder(Tag.of("note:a"), Tag.of("notes"));
              });

      heard.clear();
      pipeline().apply(mutation);
      pipeline().apply(set("a", Expected.absent(), DRAFT));
      assertThat(heard).as("changes of a replay and of a conflict").isEmpty();
    }
  }

  // ---- helpers

  /** A pipeline with patience for its turn that refuses duplicates in flight. */
  protected final MutationPipeline<String, Note> pipeline() {
    return pipeline(new Settings(LONG, InFlightPolicy.reject()));
  }

  /** An id that no test has used. */
  protected static MutationId id() {
    return new MutationId(SCOPE, UUID.randomUUID());
  }

  /** The state after an unconditional write past the pipeline. */
  protected final Versioned<Note> stored(String key, Note value) {
    WriteResult<Note> written = store().put(key, value, Expected.any());
    return written.orThrow();
  }

  private org.occ4j.mutation.MutationBuilder<String, Note> retitle(
      String key, Expected expected, String title) {
    UnaryOperator<Note> counted =
        note -> {
          edits.incrementAndGet();
          return note.title(title);
        };
    return Mutation.of(id(), key, expected, Edit.update(counted));
  }

  private static Mutation<String, Note> set(String key, Expected expected, Note value) {
    return Mutation.of(id(), key, expected, Edit.set(value)).build();
  }

  private CountingEdit incrementing() {
    return new CountingEdit(edits);
  }

  private static Fingerprint print(String text) {
    return Fingerprint.of(text.getBytes(UTF_8));
  }

  /** The result, which must be applied. */
  protected static Applied<Note> applied(MutationResult<Note> result) {
    assertThat(result).isInstanceOf(Applied.class);
    return (Applied<Note>) result;
  }

  /** Adds one to the number in the title. */
  private record CountingEdit(AtomicInteger edits) implements Edit<Note> {
    @Override
    public Note apply(@Nullable Note current) {
      edits.incrementAndGet();
      return current.title(String.valueOf(Integer.parseInt(current.title()) + 1));
    }
  }

  /** A thread inside the edit of a mutation, which goes on when it is told to. */
  private final class Leader implements AutoCloseable {
    private final CountDownLatch go = new CountDownLatch(1);
    private final CountDownLatch inside = new CountDownLatch(1);
    private final MutationId id;
    private final String key;
    private final Running<MutationResult<Note>> outcome;

    Leader(MutationId id, String key) throws InterruptedException {
      this.id = id;
      this.key = key;
      this.outcome = Running.start(() -> pipeline().apply(duplicate()));
      assertThat(inside.await(60, SECONDS)).as("the leader edits").isTrue();
    }

    Mutation<String, Note> duplicate() {
      Edit<Note> held =
          current -> {
            edits.incrementAndGet();
            inside.countDown();
            try {
              go.await();
            } catch (InterruptedException ended) {
              throw new IllegalStateException(ended);
            }
            return DRAFT;
          };
      return Mutation.of(id, key, Expected.any(), held).build();
    }

    Applied<Note> finish() throws Exception {
      go.countDown();
      return applied(outcome.result());
    }

    @Override
    public void close() {
      go.countDown();
    }
  }
}
