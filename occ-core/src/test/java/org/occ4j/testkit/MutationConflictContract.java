/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.occ4j.Expected;
import org.occ4j.StoreUnavailableException;
import org.occ4j.Versioned;
import org.occ4j.merge.FieldChange;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationResult;
import org.occ4j.mutation.MutationResult.Applied;
import org.occ4j.mutation.MutationResult.Conflicted;

/**
 * A mutation whose expectation does not hold changes nothing and is answered with the state that
 * won, or is merged with it where that was asked for.
 */
public abstract class MutationConflictContract extends MutationTurnsContract {
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
}
