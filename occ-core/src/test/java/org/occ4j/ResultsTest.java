/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.occ4j.http.HttpAnswer;
import org.occ4j.http.ParsedRequest;
import org.occ4j.http.ProblemType;
import org.occ4j.idempotency.Outcome;
import org.occ4j.merge.FieldChange;
import org.occ4j.merge.MergeResult;
import org.occ4j.mutation.MutationResult;
import org.occ4j.store.BatchResult;
import org.occ4j.store.CommitResult;
import org.occ4j.store.Write;
import org.occ4j.store.WriteResult;

/** Every result says whether it is what was asked for, and throws what it is else, when asked. */
class ResultsTest {
  private static final Versioned<String> STATE = new Versioned<>("v", 7, null, null);
  private static final Expected SEEN = Expected.version(6);
  private static final WriteResult.Conflict<String> CONFLICT =
      new WriteResult.Conflict<>(SEEN, STATE);

  @Test
  void mutation_applied_isItsState() {
    MutationResult<String> applied = new MutationResult.Applied<>(STATE, false);
    assertThat(applied.isApplied()).isTrue();
    assertThat(applied.orThrow()).isSameAs(STATE);
  }

  @Test
  void mutation_conflicted_throwsWhatIsThere() {
    MutationResult<String> conflicted = new MutationResult.Conflicted<>(SEEN, STATE, List.of());
    assertThat(conflicted.isApplied()).isFalse();
    assertThatThrownBy(conflicted::orThrow)
        .isInstanceOfSatisfying(
            ConflictException.class, thrown -> assertThat(thrown.current()).isSameAs(STATE));
  }

  @Test
  void mutation_notApplied_throwsItselfWithItsReason() {
    assertThrowsItself(new MutationResult.Rejected<>("over-budget", "too dear", false), "too dear");
    assertThrowsItself(new MutationResult.Unresolved<>(Instant.EPOCH), "1970-01-01T00:00:00Z");
  }

  @ParameterizedTest
  @EnumSource(Outcome.Reason.class)
  void mutationAndOutcome_refused_throwThemselvesWithTheReason(Outcome.Reason reason) {
    assertThrowsItself(new MutationResult.Refused<>(reason, Duration.ZERO), reason.detail());
    Outcome<String> refused = new Outcome.Refused<>(reason, Duration.ZERO);
    assertThat(refused.isApplied()).isFalse();
    assertThatThrownBy(refused::orThrow).hasMessage(reason.detail());
  }

  private static void assertThrowsItself(MutationResult.NotApplied<String> result, String why) {
    assertThat(result.isApplied()).isFalse();
    assertThat(result.detail()).contains(why);
    assertThatThrownBy(result::orThrow)
        .isInstanceOfSatisfying(
            NotAppliedException.class, thrown -> assertThat(thrown.result()).isSameAs(result))
        .hasMessage(result.detail());
  }

  @Test
  void outcome_executedOrReplayed_isItsAnswer() {
    Outcome<String> executed = new Outcome.Executed<>("a", 1);
    Outcome<String> replayed = new Outcome.Replayed<>("b", true, Instant.EPOCH);
    assertThat(executed.isApplied()).isTrue();
    assertThat(executed.orThrow()).isEqualTo("a");
    assertThat(replayed.isApplied()).isTrue();
    assertThat(replayed.orThrow()).isEqualTo("b");
  }

  @Test
  void outcome_unresolved_throwsItself() {
    Outcome<String> unresolved = new Outcome.Unresolved<>(Instant.EPOCH);
    assertThat(unresolved.isApplied()).isFalse();
    assertThatThrownBy(unresolved::orThrow)
        .isInstanceOfSatisfying(
            NotAppliedException.class, thrown -> assertThat(thrown.result()).isSameAs(unresolved));
  }

  @Test
  void commit_applied_isWhatItWrote() {
    CommitResult<String, String> applied = new CommitResult.Applied<>(Map.of("a", STATE));
    assertThat(applied.isApplied()).isTrue();
    assertThat(applied.orThrow()).containsEntry("a", STATE);
  }

  @Test
  void commit_conflicted_throwsAllConflicts() {
    CommitResult<String, String> conflicted =
        new CommitResult.Conflicted<>(Map.of("a", CONFLICT, "b", CONFLICT));
    assertThat(conflicted.isApplied()).isFalse();
    assertThatThrownBy(conflicted::orThrow)
        .isInstanceOf(ConflictException.class)
        .satisfies(thrown -> assertThat(thrown.getSuppressed()).hasSize(1));
  }

  @Test
  void batch_ofWhichOneFailed_throwsItsFailure() {
    Write<String, String> write = new Write.Put<>("a", "v", Expected.any());
    var applied = new BatchResult.Item<>(write, new WriteResult.Applied<>(STATE), null);
    var failed = new BatchResult.Item<>(write, null, new StoreUnavailableException("down", null));
    var conflicted = new BatchResult.Item<String, String>(write, CONFLICT, null);
    BatchResult<String, String> all = new BatchResult<>(List.of(applied));
    assertThat(all.orThrow()).isSameAs(all);
    assertThatThrownBy(() -> new BatchResult<>(List.of(applied, failed)).orThrow())
        .hasMessage("down");
    assertThatThrownBy(() -> new BatchResult<>(List.of(applied, conflicted)).orThrow())
        .isInstanceOf(ConflictException.class);
  }

  @Test
  void merge_overlapping_throwsItsFields() {
    MergeResult<String> merged = new MergeResult.Merged<>("m");
    assertThat(merged.isMerged()).isTrue();
    assertThat(merged.orThrow()).isEqualTo("m");
    MergeResult<String> overlapping =
        new MergeResult.Overlapping<>("m", List.of(new FieldChange("title", 1, 2, 3)));
    assertThat(overlapping.isMerged()).isFalse();
    assertThatThrownBy(overlapping::orThrow).hasMessageContaining("title");
  }

  @Test
  void parsedRequest_refused_throwsItsAnswer() {
    ParsedRequest refused =
        new ParsedRequest.Refused(HttpAnswer.refusal(ProblemType.PRECONDITION_REQUIRED, "?"));
    assertThat(refused.isAccepted()).isFalse();
    assertThatThrownBy(refused::orThrow)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("428");
  }
}
