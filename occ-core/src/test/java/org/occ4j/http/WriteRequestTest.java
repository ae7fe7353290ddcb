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
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.occ4j.Expected;
import org.occ4j.MutationId;
import org.occ4j.Versioned;

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
        arguments(headers(MATCH, "other"), none),
        arguments(headers(MATCH, "\"abc\", other"), none),
        arguments(headers(MATCH, "007"), none),
        arguments(headers(MATCH, "W/other"), none),
        arguments(headers(MATCH, "*, \"abc\""), none),
        arguments(headers(MATCH, "\"abc\" \"def\""), none),
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
        arguments(headers(MATCH, "\"5\", \"7\""), Map.of("version", 6)),
        arguments(headers(MATCH, "\"abc\", \"5\""), Map.of("version", 6)),
        arguments(headers(NONE_MATCH, "*"), Map.of("version", 5)),
        arguments(headers(NONE_MATCH, "*"), Map.of("updatedAt", INSTANT)));
  }

  // Tags that match nothing here, or more than one state (RFC 9110, section 13.1.1).

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"other\"",
        "W/\"other\"",
        "\"\"",
        "\"*\"",
        "\"a\", W/\"b\"",
        "\"a,b\"",
        "\"007\"",
        "\"-5\"",
        "\"5.0\"",
        "\"5x\"",
        "\"0x5\"",
        "\"9223372036854775808\"",
        "\"99999999999999999999999\"",
        "\"686897696a7c876b7e\"",
        "\"xyzzy-gzip\""
      })
  void read_ifMatchWithTagsOfOthersOnly_holdsForNoState(String value) {
    List<Map<String, Object>> bodies =
        List.of(Map.of(), Map.of("updatedAt", INSTANT), Map.of("version", 5));
    for (Map<String, Object> body : bodies) {
      WriteRequest request = accepted(read(headers(MATCH, value), body));

      assertThat(request.source()).isEqualTo(PreconditionSource.HEADER);
      assertThat(holdsFor(request, 0, 5, 7, Long.MAX_VALUE)).isEmpty();
      assertThat(request.expected().holdsFor(null)).isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"\"5\", \"7\"", "W/\"5\", \"7-gzip\", \"other\"", "\"7\",\"5\",\"7\"", "5, 7"})
  void read_ifMatchWithSeveralVersions_holdsForEachOfThem(String value) {
    WriteRequest request = accepted(read(headers(MATCH, value), Map.of()));

    assertThat(request.source()).isEqualTo(PreconditionSource.HEADER);
    assertThat(holdsFor(request, 0, 4, 5, 6, 7, 8)).containsExactly(5L, 7L);
    assertThat(request.expected().holdsFor(null)).isFalse();
  }

  @Test
  void read_ifMatchWithSeveralVersionsBesideOneOfThem_holdsForThatOne() {
    WriteRequest request = accepted(read(headers(MATCH, "\"5\", \"7\""), Map.of("version", 7)));

    assertThat(request.expected()).isEqualTo(Expected.version(7));
    assertThat(request.source()).isEqualTo(PreconditionSource.HEADER);
  }

  private static List<Long> holdsFor(WriteRequest request, long... versions) {
    return LongStream.of(versions)
        .filter(v -> request.expected().holdsFor(new Versioned<>("v", v, null, null)))
        .boxed()
        .toList();
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
        arguments(Map.of(KEY, "urn:uuid:" + id), Map.of()),
        arguments(Map.of(KEY, "\"URN:UUID:" + id + "\""), Map.of()),
        arguments(Map.of(KEY, id.replace("-", "")), Map.of()),
        arguments(Map.of(), Map.of("clientMutationId", "urn:uuid:" + id)),
        arguments(
            Map.of(KEY, "\"" + id.replace("-", "") + "\""),
            Map.of("clientMutationId", "urn:uuid:" + id.toUpperCase(java.util.Locale.ROOT))),
        // What others put into the header is no id of ours; Firefox adds digits by itself.
        arguments(Map.of(KEY, "\"9466453512838123492\""), Map.of("clientMutationId", id)),
        arguments(Map.of(KEY, "9466453512838123492"), Map.of("clientMutationId", id)),
        arguments(Map.of(KEY, ""), Map.of("clientMutationId", id)),
        arguments(Map.of(KEY, "\"\""), Map.of("clientMutationId", id)),
        arguments(Map.of(KEY, "nonsense"), Map.of("clientMutationId", id)),
        arguments(Map.of(KEY, "\"" + OTHER_ID), Map.of("clientMutationId", id)),
        arguments(Map.of(KEY, "\"1\", \"2\""), Map.of("clientMutationId", id)),
        arguments(Map.of(KEY, "a".repeat(100_000)), Map.of("clientMutationId", id)),
        arguments(Map.of(KEY, "sch\u00f6n-und-lang-genug"), Map.of("clientMutationId", id)),
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
        arguments(Map.of(KEY, "9466453512838123492"), Map.of()),
        arguments(Map.of(KEY, "x".repeat(256)), Map.of()),
        arguments(Map.of(KEY, "01ARZ3NDEKTSV4RRFFQ69G5FAV, 01ARZ3NDEKTSV4RRFFQ69G5FAW"), Map.of()),
        arguments(Map.of(KEY, "01ARZ3NDEKTSV4RRFFQ69G5FAV;v=1"), Map.of()),
        arguments(Map.of(KEY, "\"01ARZ3NDEKTSV4RRFFQ69G5FAV\" x"), Map.of()),
        arguments(Map.of(KEY, "\"an-escape-at-the-end\\\""), Map.of()),
        arguments(Map.of(KEY, "\"an-unknown-\\escape\""), Map.of()),
        arguments(Map.of(KEY, "a".repeat(100_000)), Map.of()),
        arguments(Map.of(), Map.of("clientMutationId", 5)),
        arguments(Map.of(), Map.of("clientMutationId", "\"" + id + "\"")),
        arguments(Map.of(), Map.of("clientMutationId", Map.of("id", id))),
        arguments(Map.of(KEY, id), Map.of("clientMutationId", OTHER_ID.toString())),
        arguments(Map.of(KEY, "urn:uuid:" + id), Map.of("clientMutationId", OTHER_ID.toString())),
        arguments(Map.of(KEY, "01ARZ3NDEKTSV4RRFFQ69G5FAV"), Map.of("clientMutationId", id)),
        arguments(
            Map.of(KEY, "V1StGXR8_Z5jdHi6B-myT"),
            Map.of("clientMutationId", "V1StGXR8_Z5jdHi6B-myU")),
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

  @ParameterizedTest
  @ValueSource(
      strings = {
        "01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "V1StGXR8_Z5jdHi6B-myT",
        "order 42, created at noon; once",
        "507f1f77bcf86cd799439011"
      })
  void read_opaqueKey_isOneIdHoweverItIsSent(String key) {
    WriteRequest quoted = accepted(read(Map.of(KEY, "\"" + key + "\""), Map.of("version", 5)));
    WriteRequest inBody = accepted(read(Map.of(), Map.of("clientMutationId", key, "version", 5)));
    WriteRequest inBoth =
        accepted(
            read(
                Map.of(KEY, "\"" + key + "\";v=1"), Map.of("clientMutationId", key, "version", 5)));

    assertThat(quoted.id()).isEqualTo(MutationId.parse(SCOPE, key));
    assertThat(inBody.id()).isEqualTo(quoted.id());
    assertThat(inBoth.id()).isEqualTo(quoted.id());
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

  private static ParsedRequest readCreation(Map<String, String> headers, Map<String, ?> body) {
    return WriteRequest.readCreation(headers::get, body, SCOPE);
  }

  private static HttpAnswer assertRefused(ParsedRequest reading, ProblemType type, int status) {
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
