/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.occ4j.http.Requests.expecting;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.occ4j.ConflictException;
import org.occ4j.DataRejectedException;
import org.occ4j.Expected;
import org.occ4j.OutcomeUnknownException;
import org.occ4j.StoreUnavailableException;
import org.occ4j.Versioned;
import org.occ4j.idempotency.Outcome;
import org.occ4j.mutation.MutationResult;
import org.occ4j.mutation.Rejection;
import org.occ4j.testkit.CapturedLog;

/** A handler's whole way: what was read, carried out and thrown, in one answer with its body. */
class HttpHandleTest {
  private static final Versioned<String> STATE = new Versioned<>("tidy up", 5, null, "berta");
  private static final Map<String, Object> VIEW = Map.of("title", "tidy up");
  private static final ParsedRequest CHANGE = parsed(Expected.version(4));
  private static final ParsedRequest CREATION = parsed(Expected.absent());

  private final HttpContract<String> contract =
      HttpContract.<String>builder(state -> Map.of("title", state.value())).build();

  private static ParsedRequest parsed(Expected expected) {
    return new ParsedRequest.Accepted(expecting(expected, PreconditionSource.BODY));
  }

  private static HttpContract.Call<String> applying(Versioned<String> current) {
    return request -> new MutationResult.Applied<>(current, false);
  }

  // Writes.

  @Test
  void handle_refusedRequest_isAnsweredWithoutACall() {
    HttpAnswer refusal = HttpAnswer.refusal(ProblemType.MUTATION_ID, "no id");
    HttpAnswer answer =
        contract.handle(
            new ParsedRequest.Refused(refusal),
            request -> {
              throw new AssertionError("called");
            });
    assertThat(answer).isEqualTo(refusal);
  }

  @Test
  void handle_applied_hasTheStateInItsBody() {
    HttpAnswer changed = contract.handle(CHANGE, applying(STATE));
    assertThat(changed.status()).isEqualTo(200);
    assertThat(changed.headers()).containsEntry("ETag", "\"5\"");
    assertThat(changed.body()).isEqualTo(VIEW);
    assertThat(changed.problem()).isNull();

    HttpAnswer created = contract.handle(CREATION, applying(STATE), "/tasks/42");
    assertThat(created.status()).isEqualTo(201);
    assertThat(created.headers()).containsEntry("Location", "/tasks/42");
    assertThat(created.body()).isEqualTo(VIEW);
  }

  @Test
  void handle_deleted_hasNoBody() {
    HttpAnswer answer = contract.handle(CHANGE, applying(null));
    assertThat(answer.status()).isEqualTo(204);
    assertThat(answer.body()).isNull();
  }

  @Test
  void handle_conflict_hasTheProblemInItsBody() {
    HttpAnswer answer =
        contract.handle(
            CHANGE,
            request -> new MutationResult.Conflicted<>(request.expected(), STATE, List.of()));
    assertThat(answer.status()).isEqualTo(409);
    assertThat(answer.body()).isEqualTo(answer.problem());
    assertThat(answer.problem()).containsEntry("current", VIEW);
  }

  @Test
  void handle_exceptionOfTheLibrary_isAnsweredByWhatItProves() {
    assertThat(
            contract
                .handle(
                    CHANGE,
                    request -> {
                      throw new StoreUnavailableException("no connection", null);
                    })
                .problem())
        .containsEntry("type", ProblemType.UNAVAILABLE.urn());
    assertThat(
            contract
                .handle(
                    CHANGE,
                    request -> {
                      throw new OutcomeUnknownException("cut", null);
                    })
                .problem())
        .containsEntry("type", ProblemType.OUTCOME_UNKNOWN.urn());
  }

  @Test
  void handle_interrupt_staysSetAndClaimsNothing() {
    HttpAnswer answer =
        contract.handle(
            CHANGE,
            request -> {
              throw new InterruptedException();
            });
    assertThat(Thread.interrupted()).isTrue();
    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.headers()).containsKey("Retry-After");
    assertThat(answer.problem()).containsEntry("type", ProblemType.OUTCOME_UNKNOWN.urn());
  }

  @Test
  void handle_exceptionOfTheApplication_passesThrough() {
    IllegalStateException bug = new IllegalStateException("bug");
    assertThatThrownBy(
            () ->
                contract.handle(
                    CHANGE,
                    request -> {
                      throw bug;
                    }))
        .isSameAs(bug);
  }

  // What the registry does once.

  @Test
  void execute_outcome_isAnswered() throws Exception {
    HttpAnswer created =
        contract.execute(CREATION, request -> new Outcome.Executed<>("receipt", 1));
    assertThat(created.status()).isEqualTo(201);
    assertThat(created.body()).isEqualTo("receipt");
    HttpAnswer refusal = HttpAnswer.refusal(ProblemType.MUTATION_ID, "no id");
    assertThat(
            contract.<String>execute(
                new ParsedRequest.Refused(refusal),
                request -> {
                  throw new AssertionError("called");
                }))
        .isEqualTo(refusal);
  }

  private HttpAnswer executing(Exception thrown) throws Exception {
    return contract.<String>execute(
        CREATION,
        request -> {
          throw thrown;
        });
  }

  @Test
  void execute_whatIsThrown_isAnsweredOrPassesThrough() throws Exception {
    assertThat(executing(new Rejection("declined", "The bank said no.")).problem())
        .containsEntry("code", "declined")
        .containsEntry("detail", "The bank said no.");
    assertThat(executing(new OutcomeUnknownException("cut", null)).problem())
        .containsEntry("type", ProblemType.OUTCOME_UNKNOWN.urn());
    assertThat(executing(new InterruptedException()).problem())
        .containsEntry("type", ProblemType.OUTCOME_UNKNOWN.urn());
    assertThat(Thread.interrupted()).isTrue();
    IOException bug = new IOException("bug");
    assertThatThrownBy(() -> executing(bug)).isSameAs(bug);
  }

  // What is logged.

  @Test
  @ResourceLock(Resources.SYSTEM_ERR)
  void failure_isLoggedByWhoHasToKnow() {
    DataRejectedException refused =
        new DataRejectedException("row of Ana", "23505", "task", "uk_title", null, null);
    try (CapturedLog log = new CapturedLog()) {
      contract.answer(refused);
      contract.answer(new ConflictException(Expected.absent(), STATE));
      contract.answer(new StoreUnavailableException("no connection", null));
      List<String> told =
          log.lines().filter(line -> line.contains(HttpContract.class.getName())).toList();
      assertThat(told).hasSize(2);
      assertThat(told.get(0))
          .contains("INFO", "a request was refused by the database", "23505", "uk_title of task")
          .doesNotContain("Ana");
      assertThat(told.get(1)).contains("WARN", "a request failed");
    }
  }

  // Reads.

  @Test
  void joined_linesOfOneHeader_areOneValue() {
    assertThat(WriteRequest.joined(List.of("\"4\"", "\"5\", \"6\"")))
        .isEqualTo("\"4\", \"5\", \"6\"");
    assertThat(WriteRequest.joined(List.of("*"))).isEqualTo("*");
    assertThat(WriteRequest.joined(List.of())).isNull();
    assertThat(WriteRequest.joined(null)).isNull();
  }

  private HttpAnswer read(String noneMatch) {
    return contract.read(
        name -> name.equals("If-None-Match") ? noneMatch : null, Optional.of(STATE));
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"5\"", "W/\"5\"", "\"5-gzip\"", "\"4\", \"5\"", "*"})
  void read_stateThatTheClientHas_is304WithoutBody(String noneMatch) {
    HttpAnswer answer = read(noneMatch);
    assertThat(answer.status()).isEqualTo(304);
    assertThat(answer.headers()).containsEntry("ETag", "\"5\"");
    assertThat(answer.body()).isNull();
    assertThat(answer.isSuccess()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"4\"", "\"other\"", "half\"", "", "\"05\""})
  void read_anotherStateOrWhatIsNoTag_is200WithTheState(String noneMatch) {
    HttpAnswer answer = read(noneMatch);
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.headers()).containsEntry("ETag", "\"5\"");
    assertThat(answer.body()).isEqualTo(VIEW);
  }

  @Test
  void read_nothingThere_is404() {
    HttpAnswer answer = contract.read(name -> "*", Optional.empty());
    assertThat(answer.status()).isEqualTo(404);
    assertThat(answer.problem()).containsEntry("type", "urn:occ4j:not-found");
  }

  // The answer itself.

  @Test
  void refusal_withoutAProblem_isRefused() {
    assertThatThrownBy(() -> new HttpAnswer(409, Map.of(), null))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new HttpAnswer(409, Map.of(), "text"))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
