/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;
import static org.occ4j.http.Requests.ID;
import static org.occ4j.http.Requests.OTHER_ID;
import static org.occ4j.http.Requests.SCOPE;
import static org.occ4j.http.Requests.accepted;
import static org.occ4j.http.Requests.read;
import static org.occ4j.http.Requests.refused;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.occ4j.Expected;

class WriteRequestTest {
  private static final String MATCH = "If-Match";
  private static final String NONE_MATCH = "If-None-Match";
  private static final String KEY = "Idempotency-Key";
  private static final Map<String, String> WITH_ID = Map.of(KEY, ID.toString());
  private static final String INSTANT = "2026-03-01T10:15:30.123456Z";

  private static Map<String, String> headers(String name, String value) {
    return Map.of(KEY, ID.toString(), name, value);
  }

  // Where the expectation comes from.

  static Stream<Arguments> expectations() {
    Expected five = Expected.version(5);
    Expected at = Expected.updatedAt(Instant.parse(INSTANT));
    return Stream.of(
        arguments(headers(MATCH, "\"5\""), Map.of(), five, PreconditionSource.HEADER),
        arguments(headers("if-match", "W/\"5-gzip\""), Map.of(), five, PreconditionSource.HEADER),
        arguments(headers(MATCH, "\"abc\", \"5\""), Map.of(), five, PreconditionSource.HEADER),
        arguments(headers(MATCH, "\"5\", \"5-gzip\""), Map.of(), five, PreconditionSource.HEADER),
        arguments(headers(MATCH, "*"), Map.of(), Expected.present(), PreconditionSource.HEADER),
        arguments(headers(NONE_MATCH, "*"), Map.of(), Expected.absent(), PreconditionSource.HEADER),
        arguments(WITH_ID, Map.of("version", 5), five, PreconditionSource.BODY),
        arguments(WITH_ID, Map.of("version", 5L), five, PreconditionSource.BODY),
        arguments(WITH_ID, Map.of("version", 5.0), five, PreconditionSource.BODY),
        arguments(WITH_ID, Map.of("version", "5"), five, PreconditionSource.BODY),
        arguments(WITH_ID, Map.of("version", BigInteger.valueOf(5)), five, PreconditionSource.BODY),
        arguments(
            WITH_ID, Map.of("version", new BigDecimal("5.00")), five, PreconditionSource.BODY),
        arguments(
            WITH_ID,
            Map.of("version", "9223372036854775807"),
            Expected.version(Long.MAX_VALUE),
            PreconditionSource.BODY),
        arguments(WITH_ID, Map.of("updatedAt", INSTANT), at, PreconditionSource.BODY),
        arguments(
            WITH_ID,
            Map.of("updatedAt", "2026-03-01T11:15:30.123456+01:00"),
            at,
            PreconditionSource.BODY),
        // A version wins over the instant that was read along with it.
        arguments(
            WITH_ID, Map.of("version", 5, "updatedAt", INSTANT), five, PreconditionSource.BODY),
        arguments(
            headers(MATCH, "\"5\""), Map.of("updatedAt", INSTANT), five, PreconditionSource.HEADER),
        // Said twice, and agreeing.
        arguments(headers(MATCH, "\"5\""), Map.of("version", 5), five, PreconditionSource.HEADER),
        arguments(headers(MATCH, "*"), Map.of("version", 5), five, PreconditionSource.BODY),
        arguments(headers(MATCH, "*"), Map.of("updatedAt", INSTANT), at, PreconditionSource.BODY));
  }

  @ParameterizedTest
  @MethodSource("expectations")
  void read_precondition_isExpected(
      Map<String, String> headers,
      Map<String, ?> body,
      Expected expected,
      PreconditionSource source) {
    WriteRequest request = accepted(read(headers, body));

    assertThat(request.expected()).isEqualTo(expected);
    assertThat(request.source()).isEqualTo(source);
  }

  @Test
  void conflictStatus_precondition_followsItsSource() {
    assertThat(PreconditionSource.HEADER.conflictStatus()).isEqualTo(412);
    assertThat(PreconditionSource.BODY.conflictStatus()).isEqualTo(409);
    assertThat(PreconditionSource.IMPLIED.conflictStatus()).isEqualTo(409);
  }

  @Test
  void read_noPrecondition_is428() {
    assertRefused(read(WITH_ID, Map.of("title", "x")), ProblemType.PRECONDITION_REQUIRED, 428);
    assertRefused(
        read(headers("If-Unmodified-Since", "Sun, 01 Mar 2026 10:15:30 GMT"), Map.of()),
        ProblemType.PRECONDITION_REQUIRED,
        428);
  }

  @Test
  void read_nullField_countsAsLeftOut() {
    Map<String, Object> body = new HashMap<>();
    body.put("version", null);
    body.put("updatedAt", null);
    assertRefused(read(WITH_ID, body), ProblemType.PRECONDITION_REQUIRED, 428);
  }

  static Stream<Arguments> invalidPreconditions() {
    Map<String, Object> none = Map.of();
    return Stream.of(
        arguments(headers(MATCH, ""), none),
        arguments(headers(MATCH, "\"5"), none),
        arguments(headers(MATCH, "\"abc\""), none),
        arguments(headers(MATCH, "\"5\", \"6\""), none),
        arguments(headers(MATCH, "\"" + "5".repeat(9_000) + "\""), none),
        arguments(headers(NONE_MATCH, "\"5\""), none),
        arguments(Map.of(KEY, ID.toString(), MATCH, "\"5\"", NONE_MATCH, "*"), none),
        arguments(WITH_ID, Map.of("version", -1)),
        arguments(WITH_ID, Map.of("version", 5.5)),
        arguments(WITH_ID, Map.of("version", Double.NaN)),
        arguments(WITH_ID, Map.of("version", 1e300)),
        arguments(WITH_ID, Map.of("version", 9_007_199_254_740_994.0)),
        arguments(WITH_ID, Map.of("version", new BigDecimal("1e999999999"))),
        arguments(WITH_ID, Map.of("version", BigInteger.TWO.pow(63))),
        arguments(WITH_ID, Map.of("version", "")),
        arguments(WITH_ID, Map.of("version", "five")),
        arguments(WITH_ID, Map.of("version", " 5")),
        arguments(WITH_ID, Map.of("version", "5-gzip")),
        arguments(WITH_ID, Map.of("version", true)),
        arguments(WITH_ID, Map.of("version", List.of(5))),
        arguments(WITH_ID, Map.of("updatedAt", "yesterday")),
        arguments(WITH_ID, Map.of("updatedAt", "2026-03-01 10:15:30")),
        arguments(WITH_ID, Map.of("updatedAt", "+999999999-01-01T00:00:00Z")),
        arguments(WITH_ID, Map.of("updatedAt", 1_772_360_130)),
        arguments(headers(MATCH, "\"5\""), Map.of("version", 6)),
        arguments(headers(NONE_MATCH, "*"), Map.of("version", 5)),
        arguments(headers(NONE_MATCH, "*"), Map.of("updatedAt", INSTANT)));
  }

  @ParameterizedTest
  @MethodSource("invalidPreconditions")
  void read_invalidOrContradictingPrecondition_is400(
      Map<String, String> headers, Map<String, ?> body) {
    assertRefused(read(headers, body), ProblemType.PRECONDITION_INVALID, 400);
  }

  // Where the mutation id comes from.

  static Stream<Arguments> ids() {
    String id = ID.toString();
    return Stream.of(
        arguments(Map.of(KEY, id), Map.of()),
        arguments(Map.of("idempotency-key", "\"" + id + "\""), Map.of()),
        arguments(Map.of(KEY, "  \"" + id + "\"  "), Map.of()),
        arguments(Map.of(KEY, "\"" + id + "\";v=1"), Map.of()),
        arguments(Map.of(KEY, id.toUpperCase(java.util.Locale.ROOT)), Map.of()),
        arguments(Map.of(), Map.of("clientMutationId", id)),
        arguments(
            Map.of(KEY, "\"" + id + "\""),
            Map.of("clientMutationId", id.toUpperCase(java.util.Locale.ROOT))));
  }

  @ParameterizedTest
  @MethodSource("ids")
  void read_mutationId_isRead(Map<String, String> headers, Map<String, ?> body) {
    Map<String, Object> withVersion = new HashMap<>(body);
    withVersion.put("version", 5);

    WriteRequest request = accepted(read(headers, withVersion));

    assertThat(request.id().clientMutationId()).isEqualTo(ID);
    assertThat(request.id().scope()).isEqualTo(SCOPE);
  }

  static Stream<Arguments> badIds() {
    String id = ID.toString();
    return Stream.of(
        arguments(Map.of(), Map.of()),
        arguments(Map.of(), Collections.singletonMap("clientMutationId", null)),
        arguments(Map.of(KEY, ""), Map.of()),
        arguments(Map.of(KEY, "\"\""), Map.of()),
        arguments(Map.of(KEY, "\""), Map.of()),
        arguments(Map.of(KEY, "\"" + id), Map.of()),
        arguments(Map.of(KEY, "\"" + id + "\", \"" + OTHER_ID + "\""), Map.of()),
        arguments(Map.of(KEY, "1-1-1-1-1"), Map.of()),
        arguments(Map.of(KEY, "x".repeat(36)), Map.of()),
        arguments(Map.of(KEY, "a".repeat(100_000)), Map.of()),
        arguments(Map.of(), Map.of("clientMutationId", 5)),
        arguments(Map.of(), Map.of("clientMutationId", "\"" + id + "\"")),
        arguments(Map.of(), Map.of("clientMutationId", Map.of("id", id))),
        arguments(Map.of(KEY, id), Map.of("clientMutationId", OTHER_ID.toString())),
        arguments(Map.of(KEY, id), Map.of("clientMutationId", "nonsense")));
  }

  @ParameterizedTest
  @MethodSource("badIds")
  void read_missingMalformedOversizedOrContradictingId_is400(
      Map<String, String> headers, Map<String, ?> body) {
    Map<String, Object> withVersion = new HashMap<>(body);
    withVersion.put("version", 5);

    HttpAnswer answer = assertRefused(read(headers, withVersion), ProblemType.MUTATION_ID, 400);

    assertThat(answer.problem().get("detail").toString()).hasSizeLessThan(200);
  }

  // Creations.

  @Test
  void readCreation_nothingSaid_expectsAbsence() {
    WriteRequest request = accepted(readCreation(WITH_ID, Map.of("title", "x", "version", 7)));

    assertThat(request.expected()).isEqualTo(Expected.absent());
    assertThat(request.source()).isEqualTo(PreconditionSource.IMPLIED);
  }

  @Test
  void readCreation_ifNoneMatchStar_expectsAbsenceByHeader() {
    WriteRequest request = accepted(readCreation(headers(NONE_MATCH, "*"), Map.of()));

    assertThat(request.expected()).isEqualTo(Expected.absent());
    assertThat(request.source()).isEqualTo(PreconditionSource.HEADER);
  }

  @ParameterizedTest
  @ValueSource(strings = {"*", "\"5\""})
  void readCreation_ifMatch_is400(String value) {
    assertRefused(
        readCreation(headers(MATCH, value), Map.of()), ProblemType.PRECONDITION_INVALID, 400);
  }

  @Test
  void readCreation_noId_is400() {
    assertRefused(readCreation(Map.of(), Map.of()), ProblemType.MUTATION_ID, 400);
  }

  private static Reading readCreation(Map<String, String> headers, Map<String, ?> body) {
    return WriteRequest.readCreation(headers::get, body, SCOPE);
  }

  private static HttpAnswer assertRefused(Reading reading, ProblemType type, int status) {
    HttpAnswer answer = refused(reading);
    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.headers()).containsEntry("Content-Type", "application/problem+json");
    assertThat(answer.problem())
        .containsEntry("type", type.urn())
        .containsEntry("title", type.title())
        .containsEntry("status", status)
        .containsKey("detail");
    return answer;
  }
}
