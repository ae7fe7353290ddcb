/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;
import static org.junit.jupiter.params.provider.Arguments.arguments;
import static org.occ4j.http.Requests.expecting;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.occ4j.CodecException;
import org.occ4j.ConflictException;
import org.occ4j.DataRejectedException;
import org.occ4j.Expected;
import org.occ4j.LeaseLostException;
import org.occ4j.NotAppliedException;
import org.occ4j.OccException;
import org.occ4j.OutcomeUnknownException;
import org.occ4j.SchemaException;
import org.occ4j.StoreUnavailableException;
import org.occ4j.TransactionConflictException;
import org.occ4j.Versioned;
import org.occ4j.change.ChangeToken;
import org.occ4j.idempotency.Outcome;
import org.occ4j.idempotency.Outcome.Reason;
import org.occ4j.merge.FieldChange;
import org.occ4j.mutation.MutationResult;
import org.occ4j.mutex.MutexDeadlockException;

class HttpContractTest {
  private static final Expected FOUR = Expected.version(4);
  private static final WriteRequest BY_BODY = expecting(FOUR, PreconditionSource.BODY);
  private static final WriteRequest BY_HEADER = expecting(FOUR, PreconditionSource.HEADER);
  private static final WriteRequest CREATION =
      expecting(Expected.absent(), PreconditionSource.IMPLIED);
  private static final Versioned<String> STATE = new Versioned<>("tidy up", 5, null, "berta");

  private static final String TOKEN = "0b0e4a9e-52c1-4f3e-8a51-0a6f2c3b7d11.42";

  private final HttpContract<String> contract =
      HttpContract.<String>builder(
              state -> Map.of("title", state.value(), "version", state.version()))
          .rejectionStatus("absent", 404)
          .build();

  // Successes.

  @Test
  void answer_changed_is200WithEntityTag() {
    HttpAnswer answer = contract.answer(BY_BODY, applied(STATE, false));

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.headers()).containsExactly(entry("ETag", "\"5\""));
    assertThat(answer.isSuccess()).isTrue();
  }

  @Test
  void answer_created_is201WithLocation() {
    HttpAnswer answer = contract.answer(CREATION, applied(STATE, false), "/tasks/42");

    assertThat(answer.status()).isEqualTo(201);
    assertThat(answer.headers())
        .containsOnly(entry("ETag", "\"5\""), entry("Location", "/tasks/42"));
  }

  @Test
  void answer_changedWithLocation_doesNotSendIt() {
    assertThat(contract.answer(BY_BODY, applied(STATE, false), "/tasks/42").headers())
        .doesNotContainKey("Location");
    assertThat(contract.answer(CREATION, conflicted(STATE), "/tasks/42").headers())
        .doesNotContainKey("Location");
  }

  @Test
  void answer_deleted_is204() {
    HttpAnswer answer = contract.answer(BY_HEADER, applied(null, false));

    assertThat(answer.status()).isEqualTo(204);
    assertThat(answer.headers()).isEmpty();
  }

  @Test
  void answer_replayed_isTheSameAnswerMarked() {
    assertThat(contract.answer(CREATION, applied(STATE, true), "/tasks/42"))
        .isEqualTo(
            contract
                .answer(CREATION, applied(STATE, false), "/tasks/42")
                .withHeader("Idempotency-Replayed", "true"));
    assertThat(contract.answer(BY_HEADER, applied(null, true)).headers())
        .containsEntry("Idempotency-Replayed", "true");
  }

  // Conflicts.

  @Test
  void answer_conflictWithOneselfInAnotherTab_isToldAsOnesOwn() {
    WriteRequest request = expecting(FOUR, PreconditionSource.BODY);
    String asking = request.id().scope().principal();
    Versioned<String> own = new Versioned<>("tidy up", 5, null, asking);

    HttpAnswer answer =
        contract.answer(request, new MutationResult.Conflicted<>(FOUR, own, List.of()));

    assertThat(answer.problem()).containsEntry("detail", "You changed it since.");
  }

  @ParameterizedTest
  @EnumSource(PreconditionSource.class)
  void answer_conflict_hasTheStatusOfItsSourceAndShowsBothSides(PreconditionSource source) {
    FieldChange known = new FieldChange("title", "tidy", "tidy up", "tidy all");
    FieldChange unknown = new FieldChange("assignee", null, null, "ana");

    HttpAnswer answer =
        contract.answer(
            expecting(FOUR, source),
            new MutationResult.Conflicted<>(FOUR, STATE, List.of(known, unknown)));

    assertThat(answer.status()).isEqualTo(source.conflictStatus());
    assertThat(answer.headers())
        .containsOnly(entry("Content-Type", "application/problem+json"), entry("ETag", "\"5\""));
    assertThat(answer.problem())
        .containsEntry("type", "urn:occ4j:conflict")
        .containsEntry("status", source.conflictStatus())
        .containsEntry("detail", "berta changed it since.")
        .containsEntry("expected", Map.of("version", 4L))
        .containsEntry("current", Map.of("title", "tidy up", "version", 5L))
        .containsEntry(
            "changes",
            List.of(
                Map.of("field", "title", "base", "tidy", "theirs", "tidy up", "mine", "tidy all"),
                withNull("field", "assignee", "theirs", null, "mine", "ana")));
  }

  @Test
  void answer_conflictWithDeletion_hasCurrentNull() {
    HttpAnswer answer = contract.answer(BY_HEADER, conflicted(null));

    assertThat(answer.status()).isEqualTo(412);
    assertThat(answer.headers()).doesNotContainKey("ETag");
    assertThat(answer.problem()).containsEntry("current", null).containsEntry("changes", List.of());
  }

  static Stream<Arguments> expectedMembers() {
    return Stream.of(
        arguments(Expected.version(7), Map.of("version", 7L)),
        arguments(Expected.versionIn(List.of(9L, 7L)), Map.of("versions", List.of(7L, 9L))),
        arguments(Expected.versionIn(List.of()), Map.of("versions", List.of())),
        arguments(
            Expected.updatedAt(Instant.parse("2026-03-01T10:15:30.123456Z")),
            Map.of("updatedAt", "2026-03-01T10:15:30.123456Z")),
        arguments(Expected.absent(), Map.of("absent", true)),
        arguments(Expected.present(), Map.of("present", true)));
  }

  @ParameterizedTest
  @MethodSource("expectedMembers")
  void answer_conflict_namesWhatWasExpected(Expected expected, Map<String, ?> member) {
    HttpAnswer answer =
        contract.answer(BY_BODY, new MutationResult.Conflicted<>(expected, null, List.of()));

    assertThat(answer.problem()).containsEntry("expected", member);
  }

  @Test
  void change_functionGiven_hidesAndRenamesFields() {
    HttpContract<String> discreet =
        HttpContract.<String>builder(Versioned::value)
            .change(
                change ->
                    change.path().equals("salary")
                        ? null
                        : new FieldChange("t", null, change.theirs(), change.mine()))
            .build();

    HttpAnswer answer =
        discreet.answer(
            BY_BODY,
            new MutationResult.Conflicted<>(
                FOUR,
                STATE,
                List.of(new FieldChange("salary", 1, 2, 3), new FieldChange("title", 1, 2, 3))));

    assertThat(answer.problem())
        .containsEntry("changes", List.of(Map.of("field", "t", "theirs", 2, "mine", 3)));
  }

  @Test
  void answer_notAppliedException_isTheSameAsItsResult() {
    MutationResult.NotApplied<String> result =
        new MutationResult.Rejected<>("over-budget", "too dear", false);
    assertThat(contract.answer(BY_BODY, new NotAppliedException("too dear", result)))
        .isEqualTo(contract.answer(BY_BODY, result));
  }

  @Test
  void answer_conflictException_isTheSameAsAConflict() {
    assertThat(contract.answer(BY_HEADER, new ConflictException(FOUR, STATE)))
        .isEqualTo(contract.answer(BY_HEADER, conflicted(STATE)));
  }

  @Test
  void answer_withoutARequest_answersConflictsAndResultsAsWhatTheyStandFor() {
    HttpAnswer conflict = contract.answer(new ConflictException(FOUR, STATE));
    assertThat(conflict).isEqualTo(contract.answer(BY_BODY, conflicted(STATE)));

    MutationResult.NotApplied<String> rejected =
        new MutationResult.Rejected<>("absent", "there is none", false);
    assertThat(contract.answer(new NotAppliedException("none", rejected)))
        .isEqualTo(contract.answer(BY_BODY, rejected));
    Outcome<String> unresolved = new Outcome.Unresolved<>(Instant.EPOCH);
    assertThat(contract.answer(new NotAppliedException("lost", unresolved)))
        .isEqualTo(contract.answer(BY_BODY, unresolved));
  }

  // Outcomes of the registry.

  @Test
  void answer_executed_hasTheEffectsAnswerInItsBody() {
    HttpAnswer created = contract.answer(CREATION, new Outcome.Executed<>("receipt", 1));
    assertThat(created.status()).isEqualTo(201);
    assertThat(created.body()).isEqualTo("receipt");
    assertThat(created.headers()).isEmpty();
    assertThat(contract.answer(BY_BODY, new Outcome.Executed<>("receipt", 1)).status())
        .isEqualTo(200);
    assertThat(contract.answer(CREATION, new Outcome.Executed<>(null, 1)).status()).isEqualTo(204);
  }

  @Test
  void answer_replayedOutcome_isTheSameAnswerMarked() {
    assertThat(contract.answer(CREATION, new Outcome.Replayed<>("receipt", true, Instant.EPOCH)))
        .isEqualTo(
            contract
                .answer(CREATION, new Outcome.Executed<>("receipt", 1))
                .withHeader("Idempotency-Replayed", "true"));
    HttpAnswer lost = contract.answer(CREATION, new Outcome.Replayed<>(null, false, Instant.EPOCH));
    assertThat(lost.status()).isEqualTo(204);
    assertThat(lost.headers()).containsOnly(entry("Idempotency-Replayed", "true"));
  }

  @Test
  void answer_outcomeThatWasNotExecuted_isTheProblemOfAMutation() {
    Duration wait = Duration.ofSeconds(7);
    for (Reason reason : Reason.values()) {
      assertThat(contract.answer(BY_BODY, new Outcome.Refused<String>(reason, wait)))
          .isEqualTo(contract.answer(BY_BODY, new MutationResult.Refused<>(reason, wait)));
    }
    assertThat(contract.answer(BY_BODY, new Outcome.Unresolved<String>(Instant.EPOCH)))
        .isEqualTo(contract.answer(BY_BODY, new MutationResult.Unresolved<>(Instant.EPOCH)));
  }

  // Change tokens.

  @Test
  void answer_changeTokens_areSentWhereAskedForAndKnown() {
    ChangeToken token = ChangeToken.parse(TOKEN);
    MutationResult<String> recorded = new MutationResult.Applied<>(STATE, false, List.of(), token);
    HttpContract<String> telling =
        HttpContract.<String>builder(Versioned::value).changeTokens().build();

    assertThat(telling.answer(BY_BODY, recorded).headers()).containsEntry("Change-Token", TOKEN);
    assertThat(telling.answer(BY_BODY, applied(STATE, false)).headers())
        .doesNotContainKey("Change-Token");
    assertThat(contract.answer(BY_BODY, recorded).headers()).doesNotContainKey("Change-Token");
  }

  // The other refusals.

  static Stream<Arguments> refusals() {
    Duration second = Duration.ofSeconds(1);
    return Stream.of(
        arguments(new MutationResult.Refused<>(Reason.IN_FLIGHT, second), "in-flight", 409, "1"),
        arguments(
            new MutationResult.Refused<>(Reason.MISMATCH, Duration.ZERO),
            "mutation-mismatch",
            422,
            null),
        arguments(new MutationResult.Refused<>(Reason.CAPACITY, second), "capacity", 503, "1"),
        arguments(new MutationResult.Unresolved<>(Instant.EPOCH), "unresolved", 409, null),
        arguments(new MutationResult.Rejected<>("rule", "no", false), "rejected", 422, null),
        arguments(new MutationResult.Rejected<>("absent", "no", false), "rejected", 404, null));
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void answer_refusal_isAProblem(
      MutationResult<String> result, String name, int status, String retryAfter) {
    assertProblem(contract.answer(BY_BODY, result), name, status, retryAfter);
  }

  @Test
  void answer_rejected_carriesCodeAndDetailAndIsMarkedWhenReplayed() {
    HttpAnswer answer =
        contract.answer(BY_BODY, new MutationResult.Rejected<>("rule", "over budget", true));

    assertThat(answer.problem())
        .containsEntry("code", "rule")
        .containsEntry("detail", "over budget");
    assertThat(answer.headers()).containsEntry("Idempotency-Replayed", "true");
  }

  @Test
  void answer_unresolved_saysSinceWhen() {
    assertThat(contract.answer(BY_BODY, new MutationResult.Unresolved<>(Instant.EPOCH)).problem())
        .containsEntry("claimedAt", "1970-01-01T00:00:00Z");
  }

  @ParameterizedTest
  @CsvSource({"PT0S,1", "PT-5S,1", "PT0.001S,1", "PT1S,1", "PT1.000000001S,2", "PT59.5S,60"})
  void answer_retryAfter_isWholeSecondsRoundedUpAtLeastOne(Duration retryAfter, String header) {
    HttpAnswer answer =
        contract.answer(BY_BODY, new MutationResult.Refused<>(Reason.IN_FLIGHT, retryAfter));

    assertThat(answer.headers()).containsEntry("Retry-After", header);
  }

  static Stream<Arguments> exceptions() {
    return Stream.of(
        arguments(new StoreUnavailableException("x", null), "unavailable", 503, "1"),
        arguments(new TransactionConflictException("x", null), "unavailable", 503, "1"),
        arguments(new MutexDeadlockException(List.of("k")), "unavailable", 503, "1"),
        arguments(new OutcomeUnknownException("x", null), "outcome-unknown", 503, "1"),
        arguments(new LeaseLostException("x", null), "outcome-unknown", 503, "1"),
        arguments(new CodecException("x", null), "internal", 500, null),
        arguments(new SchemaException("x", null), "internal", 500, null),
        arguments(dataRejected("uk_title"), "rejected", 422, null),
        arguments(new OccException("x", null), "internal", 500, null));
  }

  @ParameterizedTest
  @MethodSource("exceptions")
  void answer_exception_isAProblem(
      OccException thrown, String name, int status, String retryAfter) {
    assertProblem(contract.answer(BY_BODY, thrown), name, status, retryAfter);
    assertThat(contract.answer(thrown)).isEqualTo(contract.answer(BY_BODY, thrown));
  }

  private static DataRejectedException dataRejected(String constraint) {
    return new DataRejectedException("x", "23505", "task", constraint, null, null);
  }

  @Test
  void answer_dataRejected_hasTheCodeAndStatusOfItsConstraint() {
    HttpContract<String> mapped =
        HttpContract.<String>builder(Versioned::value)
            .constraintCode("uk_title", "title-taken")
            .rejectionStatus("title-taken", 409)
            .build();

    HttpAnswer taken = mapped.answer(BY_BODY, dataRejected("UK_TITLE"));
    assertProblem(taken, "rejected", 409, null);
    assertThat(taken.problem()).containsEntry("code", "title-taken");
    HttpAnswer other = mapped.answer(BY_BODY, dataRejected("other"));
    assertProblem(other, "rejected", 422, null);
    assertThat(other.problem()).containsEntry("code", HttpContract.DATA_REJECTED);
    assertProblem(mapped.answer(BY_BODY, dataRejected(null)), "rejected", 422, null);
  }

  private record Article(String dueOn, int stock) {}

  private static DataRejectedException dataRejected(String constraint, String column) {
    return new DataRejectedException("x", "23502", "task", constraint, column, null);
  }

  @Test
  void answer_dataRejected_namesTheFieldOfItsColumnWhereItWasGiven() {
    HttpContract<String> mapped =
        HttpContract.<String>builder(Versioned::value)
            .fields(Article.class)
            .field("price_cents", "price")
            .fieldCode("dueOn", "due.missing")
            .constraintCode("stock_least", "stock.negative")
            .fieldCode("stock", "stock.invalid")
            .rejectionStatus("due.missing", 400)
            .build();

    HttpAnswer due = mapped.answer(dataRejected(null, "DUE_ON"));
    assertProblem(due, "rejected", 400, null);
    assertThat(due.problem()).containsEntry("field", "dueOn").containsEntry("code", "due.missing");
    assertThat(mapped.answer(dataRejected(null, "price_cents")).problem())
        .containsEntry("field", "price")
        .containsEntry("code", HttpContract.DATA_REJECTED);
    assertThat(mapped.answer(dataRejected("stock_least", "stock")).problem())
        .containsEntry("field", "stock")
        .containsEntry("code", "stock.negative");
    assertThat(mapped.answer(dataRejected(null, "password")).problem()).doesNotContainKey("field");
    assertThat(mapped.answer(dataRejected(null, null)).problem()).doesNotContainKey("field");
  }

  @Test
  void answer_exception_neverSendsItsMessage() {
    OccException revealing = new CodecException("password of db.internal", null);

    assertThat(contract.answer(revealing).toString()).doesNotContain("db.internal");
  }

  @Test
  void unavailable_longWait_isSentInSeconds() {
    assertProblem(HttpContract.unavailable(Duration.ofMinutes(2)), "unavailable", 503, "120");
  }

  @ParameterizedTest
  @CsvSource({"399", "600", "200"})
  void rejectionStatus_notARefusal_isRefused(int status) {
    assertThatThrownBy(
            () -> HttpContract.<String>builder(Versioned::value).rejectionStatus("x", status))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(Integer.toString(status));
  }

  private static MutationResult<String> applied(Versioned<String> current, boolean replayed) {
    return new MutationResult.Applied<>(current, replayed);
  }

  private static MutationResult<String> conflicted(Versioned<String> current) {
    return new MutationResult.Conflicted<>(FOUR, current, List.of());
  }

  private static Map<String, Object> withNull(Object... namesAndValues) {
    Map<String, Object> map = new java.util.LinkedHashMap<>();
    List<Object> parts = Arrays.asList(namesAndValues);
    for (int i = 0; i < parts.size(); i += 2) {
      map.put((String) parts.get(i), parts.get(i + 1));
    }
    return map;
  }

  private static void assertProblem(HttpAnswer answer, String name, int status, String retryAfter) {
    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.headers().get("Retry-After")).isEqualTo(retryAfter);
    assertThat(answer.headers()).containsEntry("Content-Type", "application/problem+json");
    assertThat(answer.problem())
        .containsEntry("type", "urn:occ4j:" + name)
        .containsEntry("status", status)
        .containsKeys("title", "detail");
  }
}
