/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.occ4j.Expected;
import org.occ4j.Versioned;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationPipeline;
import org.occ4j.mutation.MutationResult;
import org.occ4j.store.VersionedStore;
import org.occ4j.testkit.NearlyRight;

/**
 * Sends requests that are nearly right. Whatever one says of its mutation and of what it expects,
 * it is answered, never as a fault of the server, and changes nothing unless it is answered as
 * applied.
 */
public final class BadRequests {
  private static final String KEY = "task";
  private static final List<String> IDS =
      List.of("\"" + Requests.ID + "\"", Requests.OTHER_ID.toString(), "order-4711", "\"k\";a=1");
  private static final List<String> INSTANTS =
      List.of("2026-11-29T12:00:00Z", "2026-11-29T12:00:00.123456+01:00", "1970-01-01T00:00:00Z");

  private final NearlyRight draw = new NearlyRight("requests");
  private final HttpContract<String> contract =
      HttpContract.<String>builder(state -> Map.of("title", state.value())).build();
  private final VersionedStore<String, String> store;
  private final MutationPipeline<String, String> pipeline;

  private BadRequests(
      VersionedStore<String, String> store, MutationPipeline<String, String> pipeline) {
    this.store = store;
    this.pipeline = pipeline;
  }

  /** Sends so many requests to the pipeline, and looks at the store after each. */
  public static void send(
      int requests,
      VersionedStore<String, String> store,
      MutationPipeline<String, String> pipeline) {
    store.put(KEY, "first", Expected.any());
    BadRequests sender = new BadRequests(store, pipeline);
    TreeSet<Integer> statuses = new TreeSet<>();
    for (int i = 0; i < NearlyRight.rounds(requests); i++) {
      statuses.add(sender.send("content " + i));
    }
    assertThat(statuses).as("each kind of answer was reached").contains(200, 400, 409, 412, 428);
  }

  private int send(String content) {
    Versioned<String> before = store.get(KEY).orElseThrow();
    Map<String, String> headers = headers(before);
    Map<String, @Nullable Object> body = body(before);
    ParsedRequest parsed =
        draw.chance(10)
            ? WriteRequest.readCreation(headers::get, body, Requests.SCOPE)
            : WriteRequest.read(headers::get, body, Requests.SCOPE);
    HttpAnswer answer = contract.handle(parsed, request -> apply(request, content));
    Versioned<String> after = store.get(KEY).orElseThrow();
    String asked = "%s: %s %s".formatted(content, headers, body);
    assertThat(answer.status()).as(asked).isLessThan(500);
    if (!after.equals(before)) {
      assertThat(answer.status()).as(asked).isEqualTo(200);
      assertThat(after.value()).as(asked).isEqualTo(content);
    }
    assertThat(contract.read(headers::get, store.get(KEY)).status()).as(asked).isIn(200, 304);
    return answer.status();
  }

  private MutationResult<String> apply(WriteRequest request, String content)
      throws InterruptedException {
    return pipeline.apply(
        Mutation.of(request.id(), KEY, request.expected(), Edit.set(content)).build());
  }

  private Map<String, String> headers(Versioned<String> current) {
    Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    List<String> tags =
        List.of(current.etag(), "*", "W/" + current.etag(), "\"1\", \"2\"", "\"5-gzip\"", "7");
    if (draw.chance(50)) {
      headers.put(WriteRequest.IDEMPOTENCY_KEY, draw.chance(40) ? fresh() : draw.text(IDS));
    }
    if (draw.chance(40)) {
      headers.put("If-Match", draw.text(tags));
    }
    if (draw.chance(10)) {
      headers.put("If-None-Match", draw.text(tags));
    }
    return headers;
  }

  private Map<String, @Nullable Object> body(Versioned<String> current) {
    Map<String, @Nullable Object> body = new HashMap<>();
    List<String> versions = List.of(Long.toString(current.version()), "1", "0");
    if (draw.chance(50)) {
      body.put(WriteRequest.CLIENT_MUTATION_ID, draw.chance(40) ? fresh() : draw.member(IDS));
    }
    if (draw.chance(50)) {
      body.put(WriteRequest.VERSION, draw.chance(40) ? current.version() : draw.member(versions));
    }
    if (draw.chance(30)) {
      body.put(WriteRequest.UPDATED_AT, draw.member(INSTANTS));
    }
    return body;
  }

  private static String fresh() {
    return UUID.randomUUID().toString();
  }
}
