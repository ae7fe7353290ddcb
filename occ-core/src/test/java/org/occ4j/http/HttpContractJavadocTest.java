/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.Scope;
import org.occ4j.Versioned;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationPipeline;
import org.occ4j.store.VersionedStore;

/** The handler in the javadoc of {@link HttpContract} compiles, does what it says, and is there. */
class HttpContractJavadocTest {
  private final VersionedStore<String, String> store = VersionedStore.inMemory(KeyCodec.strings());
  private final MutationPipeline<String, String> pipeline =
      MutationPipeline.inMemory(store).build();
  private final HttpContract<String> contract =
      HttpContract.<String>builder(state -> Map.of("title", state.value())).build();

  /** As web frameworks have it. */
  private record Headers(Map<String, String> values) {
    @Nullable List<String> get(String name) {
      String value = values.get(name);
      return value == null ? null : List.of(value);
    }
  }

  private HttpAnswer handle(Headers headers, Map<String, Object> body) {
    Scope scope = new Scope("acme", "ana", "task.rename");
    String id = "42";
    Edit<String> edit = Edit.set(String.valueOf(body.get("title")));
    // <javadoc>
    ParsedRequest parsed =
        WriteRequest.read(name -> WriteRequest.joined(headers.get(name)), body, scope);
    return contract.handle(
        parsed,
        request -> pipeline.apply(Mutation.of(request.id(), id, request.expected(), edit).build()));
    // </javadoc>
  }

  private HttpAnswer rename(String ifMatch) {
    Headers headers =
        new Headers(Map.of("Idempotency-Key", "" + UUID.randomUUID(), "If-Match", ifMatch));
    return handle(headers, Map.of("title", "new"));
  }

  @Test
  void handler_doesWhatTheContractSays() throws Exception {
    Versioned<String> old = store.put("42", "old", Expected.absent()).orThrow();

    HttpAnswer foreign = rename("\"other\"");
    assertThat(foreign.status()).isEqualTo(412);
    assertThat(foreign.problem()).containsEntry("current", Map.of("title", "old"));
    assertThat(foreign.headers()).containsEntry("ETag", old.etag());
    assertThat(handle(new Headers(Map.of()), Map.of()).status()).isEqualTo(400);
    assertThat(rename("\"1\", " + old.etag()).status()).isEqualTo(200);
    assertThat(store.get("42").orElseThrow().value()).isEqualTo("new");
    assertThat(rename(old.etag()).status()).isEqualTo(412);
  }

  @Test
  void handler_inTheJavadoc_isThatOfThisTest() throws IOException {
    List<String> here =
        between(
            "src/test/java/org/occ4j/http/HttpContractJavadocTest.java",
            "// <javadoc>",
            "// </javadoc>");
    List<String> there =
        between("src/main/java/org/occ4j/http/HttpContract.java", "* <pre>{@code", "* }</pre>");

    assertThat(there.stream().map(line -> line.substring(1).strip()))
        .containsExactlyElementsOf(here);
  }

  /** The lines between two marks, without their indentation. */
  private static List<String> between(String file, String from, String to) throws IOException {
    try (Stream<String> lines = Files.lines(Path.of(file))) {
      return lines
          .map(String::strip)
          .dropWhile(line -> !line.equals(from))
          .skip(1)
          .takeWhile(line -> !line.equals(to))
          .toList();
    }
  }
}
