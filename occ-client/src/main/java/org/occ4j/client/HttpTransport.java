/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.client;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.occ4j.Expected;
import org.occ4j.Versioned;

/**
 * A transport over {@link java.net.http} to a service that speaks the library's contract ({@code
 * docs/http.md}): a value is {@code PUT} to the address of its key, a deletion is a {@code DELETE}.
 * The id goes in {@code Idempotency-Key}, what is expected in {@code If-Match}, or in {@code
 * If-None-Match} where nothing is. What the answer means, {@link HttpReplies} says.
 *
 * <p>Each call sends once; when to send again, and how often, is the client's {@linkplain
 * OptimisticClientBuilder#retry policy}. An exchange that is not over within the timeout, its body
 * included, is given up and counts as lost. No redirect is followed unless the {@link HttpClient}
 * does so.
 *
 * <p>Thread-safe, as far as the functions are; they are called for each sending anew.
 *
 * @param <K> the keys
 * @param <V> the values
 */
public final class HttpTransport<K, V> implements ClientTransport<K, V> {
  private static final String ACCEPTED = "application/json, application/problem+json";

  private static final Set<String> OF_THE_CONTRACT =
      Set.of("content-type", "if-match", "if-none-match", "idempotency-key");

  private final HttpClient http;
  private final Function<? super K, URI> address;
  private final Function<? super MutationRequest<K, V>, String> body;
  private final HttpReplies<V> replies;
  private final Function<? super K, Map<String, String>> headers;
  private final Duration timeout;

  HttpTransport(HttpTransportBuilder<K, V> built) {
    this.http = built.http == null ? HttpClient.newHttpClient() : built.http;
    this.address = built.address;
    this.body = built.body;
    this.replies = built.replies;
    this.headers = built.headers;
    this.timeout = built.timeout;
  }

  /**
   * A transport.
   *
   * @param address where the resource of a key lies; keys with odd characters are to be encoded
   * @param body the JSON to send for {@link MutationRequest#value}, which is not null here: the
   *     whole of it, or what it changes in {@link MutationRequest#base} if the service takes
   *     patches. The same text for the same request, since a service compares payloads
   * @param replies reads the answers
   */
  public static <K, V> HttpTransportBuilder<K, V> builder(
      Function<? super K, URI> address,
      Function<? super MutationRequest<K, V>, String> body,
      HttpReplies<V> replies) {
    return new HttpTransportBuilder<>(address, body, replies);
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if a header cannot be sent, or the request expects something
   *     that an {@link OptimisticClient} never does
   */
  @Override
  public CompletionStage<Reply<V>> send(MutationRequest<K, V> request) {
    HttpRequest.Builder message = message(request.key());
    message.setHeader("Idempotency-Key", '"' + request.clientMutationId().toString() + '"');
    expect(message, request.expected());
    if (request.value() == null) {
      message.DELETE();
    } else {
      message.setHeader("Content-Type", "application/json");
      message.PUT(BodyPublishers.ofString(body.apply(request), StandardCharsets.UTF_8));
    }
    return exchange(
        message.build(),
        answer -> replies.read(request, answer.statusCode(), header(answer), answer.body()));
  }

  /**
   * Reads what is stored under a key now, for {@link OptimisticClient#accept}.
   *
   * @return completes with the state, or with nothing where the service says that there is none;
   *     exceptionally where there was no answer, or none that says so
   */
  public CompletionStage<Optional<Versioned<V>>> read(K key) {
    return exchange(
        message(key).GET().build(), answer -> replies.state(answer.statusCode(), answer.body()));
  }

  private HttpRequest.Builder message(K key) {
    HttpRequest.Builder message =
        HttpRequest.newBuilder(address.apply(key)).header("Accept", ACCEPTED);
    headers.apply(key).forEach((name, value) -> set(message, name, value));
    return message;
  }

  private static void set(HttpRequest.Builder message, String name, String value) {
    if (!OF_THE_CONTRACT.contains(name.toLowerCase(Locale.ROOT))) {
      message.setHeader(name, value);
    }
  }

  private static void expect(HttpRequest.Builder message, Expected expected) {
    if (expected instanceof Expected.Version version) {
      message.setHeader("If-Match", "\"" + version.version() + '"');
    } else if (expected.equals(Expected.absent())) {
      message.setHeader("If-None-Match", "*");
    } else {
      throw new IllegalArgumentException("neither a version nor absence: " + expected);
    }
  }

  private <R> CompletionStage<R> exchange(
      HttpRequest message, Function<HttpResponse<String>, R> read) {
    CompletableFuture<HttpResponse<String>> exchange =
        http.sendAsync(message, BodyHandlers.ofString(StandardCharsets.UTF_8));
    // The timeout of an HttpRequest ends with the headers; a body may trickle for ever.
    return exchange
        .thenApply(read)
        .orTimeout(timeout.toNanos(), TimeUnit.NANOSECONDS)
        .whenComplete((answer, failed) -> giveUp(exchange, failed));
  }

  private static void giveUp(CompletableFuture<?> exchange, @Nullable Throwable failed) {
    if (failed != null) {
      exchange.cancel(true); // closes the connection
    }
  }

  private static Function<String, @Nullable String> header(HttpResponse<?> answer) {
    return name -> answer.headers().firstValue(name).orElse(null);
  }
}
