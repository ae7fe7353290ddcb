/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.client;

import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Supplier;
import org.occ4j.Codec;
import org.occ4j.KeyCodec;
import org.occ4j.Versioned;
import org.occ4j.merge.Merger;

/** Lines that stand alone on docs/client.md, compiled; {@code DocsSnippetsTest} looks for them. */
record PageLines(String id) {

  record Task(String title) {
    static Versioned<Task> stateOf(Map<?, ?> json) {
      long version = ((Number) json.get("version")).longValue();
      return new Versioned<>(new Task((String) json.get("title")), version, null, null);
    }
  }

  /** The JSON library of an application. */
  interface Json {
    Map<String, Object> readMap(String text);

    String write(Object value);
  }

  @SuppressWarnings("FutureReturnValueIgnored")
  OptimisticClient<String, Task> client(
      Json json, String url, Supplier<String> token, Path path, Codec<Task> codec) {
    HttpReplies<Task> replies = new HttpReplies<>(json::readMap, Task::stateOf);
    HttpTransport<String, Task> transport =
        HttpTransport.<String, Task>builder(
                id -> URI.create(url + "/tasks/" + id),
                request -> json.write(request.value()),
                replies)
            .headers(id -> Map.of("Authorization", token.get()))
            .build();
    FileEditJournal<String, Task> journal = FileEditJournal.open(path, KeyCodec.strings(), codec);
    OptimisticClient<String, Task> client =
        OptimisticClient.builder(transport, Merger.records(Task.class)).journal(journal).build();
    transport.read(id).thenAccept(found -> found.ifPresent(state -> client.accept(id, state)));
    return client;
  }
}
