/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.occ4j.Expected;
import org.occ4j.Tag;
import org.occ4j.Versioned;
import org.occ4j.change.Change;
import org.occ4j.change.Subscription;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationPipeline;
import org.occ4j.mutation.MutationResult;
import org.occ4j.mutation.MutationResult.Applied;
import org.occ4j.mutation.MutationResult.Conflicted;
import org.occ4j.mutation.MutationResult.Rejected;
import org.occ4j.mutation.PipelineStats;
import org.occ4j.mutation.Rejection;

/**
 * What every {@link MutationPipeline} promises: an answer that is kept and replayed, the
 * application's own no, and what is counted and told; turns and conflicts are in the contracts
 * above.
 */
public abstract class MutationPipelineContract extends MutationConflictContract {
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
}
