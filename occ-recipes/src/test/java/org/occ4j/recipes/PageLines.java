/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.recipes;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Function;
import javax.sql.DataSource;
import org.occ4j.Expected;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.Versioned;
import org.occ4j.cache.CachedStore;
import org.occ4j.cache.jdbc.JdbcTaggedCache;
import org.occ4j.change.ChangeToken;
import org.occ4j.http.HttpAnswer;
import org.occ4j.http.HttpContract;
import org.occ4j.http.WriteRequest;
import org.occ4j.idempotency.Effect;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.idempotency.IdempotencyRegistry;
import org.occ4j.idempotency.MutationRecord;
import org.occ4j.idempotency.Outcome;
import org.occ4j.jdbc.Housekeeping;
import org.occ4j.jdbc.JdbcVersionedStore;
import org.occ4j.jdbc.OccDatabase;
import org.occ4j.micrometer.OccMetrics;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationPipeline;

/** Lines that stand alone on a page, compiled; {@code DocsSnippetsTest} looks for them. */
final class PageLines {
  record Task(String title) {}

  private PageLines() {}

  // docs/recipes.md

  static void cached(JdbcVersionedStore<String, Task> store) {
    CachedStore<String, Task> tasks = JdbcTaggedCache.of(store).maximumSize(10_000).build();
    tasks.close();
  }

  static Optional<Versioned<Task>> token(
      CachedStore<String, Task> tasks,
      String id,
      Task task,
      Expected expected,
      HttpServletRequest request,
      HttpServletResponse response) {
    response.setHeader("Change-Token", String.valueOf(tasks.put(id, task, expected).token()));
    Optional<Versioned<Task>> state =
        tasks.get(id, ChangeToken.parse(request.getHeader("Change-Token")));
    return state;
  }

  // docs/operations.md

  static void meters(OccDatabase db, MeterRegistry registry) {
    new OccMetrics(db).bindTo(registry);
  }

  static OccDatabase housekeeping(DataSource dataSource) {
    return OccDatabase.builder(dataSource)
        .housekeeping(Housekeeping.defaults().interval(Duration.ofMinutes(1)).batchSize(200))
        .open();
  }

  static void settle(
      OccDatabase db, IdempotencyOptions<String> how, String answer, boolean itHappened) {
    for (MutationRecord waiting : db.idempotency().unresolved(100)) {
      if (itHappened) {
        db.idempotency().settle(waiting.id(), how, answer);
      } else {
        db.idempotency().forget(waiting.id());
      }
    }
  }

  // docs/http.md

  static void answer(
      HttpContract<Task> contract,
      HttpExchange exchange,
      Map<String, Object> body,
      Scope scope,
      MutationPipeline<String, Task> pipeline,
      String id,
      Edit<Task> edit,
      ObjectMapper json)
      throws IOException {
    Function<String, String> header =
        name -> WriteRequest.joined(exchange.getRequestHeaders().get(name));
    HttpAnswer answer =
        contract.handle(
            WriteRequest.read(header, body, scope),
            request ->
                pipeline.apply(Mutation.of(request.id(), id, request.expected(), edit).build()));
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    answer.headers().forEach(exchange.getResponseHeaders()::set);
    byte[] bytes = answer.body() == null ? new byte[0] : json.writeValueAsBytes(answer.body());
    exchange.sendResponseHeaders(answer.status(), bytes.length == 0 ? -1 : bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  // docs/design/idempotency.md

  static CompletableFuture<Outcome<String>> later(
      IdempotencyRegistry registry,
      MutationId id,
      IdempotencyOptions<String> options,
      Effect<String> effect,
      Executor executor) {
    CompletableFuture<Outcome<String>> outcome =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return registry.execute(id, options, effect);
              } catch (Exception failure) {
                throw new CompletionException(failure);
              }
            },
            executor);
    return outcome;
  }
}
