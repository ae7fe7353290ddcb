/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.occ4j.Expected;
import org.occ4j.Versioned;

class HttpRepliesTest {
  private static final Map<String, Object> TASK = Map.of("title", "tidy", "version", 5L);
  private static final Versioned<String> STATE = new Versioned<>("tidy", 5, null, null);

  /** Stands for a JSON library: each text is the place of what it says. */
  private final List<Object> documents = new ArrayList<>();

  private final Map<String, String> headers = new HashMap<>();

  private final HttpReplies<String> replies =
      new HttpReplies<>(
          text -> documents.get(Integer.parseInt(text)),
          task ->
              new Versioned<>(
                  (String) Objects.requireNonNull(task.get("title")),
                  (Long) Objects.requireNonNull(task.get("version")),
                  null,
                  null));

  private Reply<String> put(int status, String body) {
    return replies.read(request("mine"), status, headers::get, body);
  }

  private static MutationRequest<String, String> request(String value) {
    return new MutationRequest<>(UUID.randomUUID(), "1", Expected.version(4), "base", value, null);
  }

  private String json(Object document) {
    documents.add(document);
    return String.valueOf(documents.size() - 1);
  }

  private String problem(String type) {
    return json(Map.of("type", type, "title", "Title", "detail", "Detail", "code", "c"));
  }

  @Test
  void success_withAState_isConfirmed() {
    assertThat(put(200, json(TASK))).isEqualTo(new Reply.Confirmed<>(STATE));
    assertThat(put(201, json(TASK))).isEqualTo(new Reply.Confirmed<>(STATE));
  }

  @Test
  void success_ofADeletion_isConfirmedWithoutAState() {
    for (String body : List.of("", json(Map.of("id", "1")))) {
      assertThat(replies.read(request(null), 204, headers::get, body))
          .isEqualTo(new Reply.Confirmed<>(null));
    }
    assertThat(replies.read(request(null), 200, headers::get, "<html>Sign in</html>"))
        .isEqualTo(new Reply.Lost<>());
  }

  @Test
  void success_notUnderstood_isUnclear() {
    for (Object odd : List.of(Map.of(), Map.of("title", "t", "version", "five"), List.of(), "ok")) {
      assertThat(put(200, json(odd))).isInstanceOf(Reply.Unclear.class);
    }
    assertThat(put(204, "")).isInstanceOf(Reply.Unclear.class);
  }

  @Test
  void success_cutOff_isLost() {
    assertThat(put(200, "{\"title\": \"ti")).isEqualTo(new Reply.Lost<>());
  }

  @Test
  void conflict_hasTheStateOrItsAbsence() {
    Map<String, Object> conflict = new HashMap<>(Map.of("type", "urn:occ4j:conflict"));
    assertThat(put(409, json(conflict))).isInstanceOf(Reply.Rejected.class);
    conflict.put("current", TASK);
    assertThat(put(412, json(Map.copyOf(conflict)))).isEqualTo(new Reply.Conflict<>(STATE));
    conflict.put("current", null);
    assertThat(put(409, json(Collections.unmodifiableMap(new HashMap<>(conflict)))))
        .isEqualTo(new Reply.Conflict<>(null));
    conflict.put("current", Map.of("version", "five"));
    assertThat(put(409, json(conflict))).isInstanceOf(Reply.Rejected.class);
  }

  @Test
  void ownWords_areTheContracts() {
    assertThat(put(422, problem("urn:occ4j:rejected")))
        .isEqualTo(new Reply.Rejected<>("c", "Detail"));
    assertThat(put(404, problem("urn:occ4j:rejected"))).isEqualTo(new Reply.Conflict<>(null));
    assertThat(put(428, problem("urn:occ4j:precondition-required")))
        .isInstanceOf(Reply.Rejected.class);
    headers.put("Retry-After", "3");
    Duration three = Duration.ofSeconds(3);
    for (String busy : List.of("in-flight", "unavailable", "capacity")) {
      assertThat(put(503, problem("urn:occ4j:" + busy))).isEqualTo(new Reply.Retry<>(three));
    }
    assertThat(put(503, problem("urn:occ4j:outcome-unknown"))).isEqualTo(new Reply.Lost<>(three));
    assertThat(put(409, problem("urn:occ4j:unresolved"))).isEqualTo(new Reply.Unclear<>("Detail"));
    assertThat(put(500, problem("urn:occ4j:internal"))).isEqualTo(new Reply.Unclear<>("Detail"));
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 401, 403, 404, 407, 409, 410, 412, 413, 421, 422, 425, 428, 451})
  void refusalByOthers_isForeign(int status) {
    assertThat(put(status, "<html>Sign in</html>"))
        .isEqualTo(new Reply.Foreign<>("http-" + status, "HTTP " + status));
    assertThat(put(status, problem("about:blank")))
        .isEqualTo(new Reply.Foreign<>("http-" + status, "Detail"));
    assertThat(put(status, problem("urn:others:rejected"))).isInstanceOf(Reply.Foreign.class);
    assertThat(put(status, "")).isInstanceOf(Reply.Foreign.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {408, 429, 500, 502, 503, 504})
  void failureOfOthers_isLost(int status) {
    assertThat(put(status, "<html>Bad gateway</html>")).isEqualTo(new Reply.Lost<>());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "7|7",
        " 7 |7",
        "Sun, 29 Nov 2026 12:00:07 GMT|7",
        "Sunday, 29-Nov-26 12:00:07 GMT|7",
        "Sun Nov 29 12:00:07 2026|7",
        "Tue Dec  1 12:00:00 2026|86400",
        "Sun, 29 Nov 2020 12:00:07 GMT|0",
        "Mon, 29 Nov 2027 12:00:07 GMT|86400",
        "99999999999999999999|86400",
        "-7|0",
        "7.5|0",
        "soon|0"
      })
  void retryAfter_secondsAndDates_areUnderstood(String value, long seconds) {
    assertThat(RetryAfter.read(value, "Sun, 29 Nov 2026 12:00:00 GMT"))
        .isEqualTo(Duration.ofSeconds(seconds));
  }

  @Test
  void retryAfter_date_isReadByTheServersClock() {
    assertThat(RetryAfter.read("Sun, 29 Nov 2026 15:00:07 GMT", "Sun, 29 Nov 2026 15:00:00 GMT"))
        .isEqualTo(Duration.ofSeconds(7));
    assertThat(RetryAfter.read(null, null)).isZero();
    assertThat(RetryAfter.read("Sun, 29 Nov 2026 12:00:30 GMT", null))
        .as("a date by no clock that is known")
        .isZero();
  }
}
