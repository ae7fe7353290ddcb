/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.client;

import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Settings of an {@link HttpTransport}. Not thread-safe.
 *
 * @param <K> the keys
 * @param <V> the values
 */
public final class HttpTransportBuilder<K, V> {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  final Function<? super K, URI> address;
  final Function<? super MutationRequest<K, V>, String> body;
  final HttpReplies<V> replies;
  Function<? super K, Map<String, String>> headers = key -> Map.of();
  Duration timeout = TIMEOUT;
  @Nullable HttpClient http;

  HttpTransportBuilder(
      Function<? super K, URI> address,
      Function<? super MutationRequest<K, V>, String> body,
      HttpReplies<V> replies) {
    this.address = Objects.requireNonNull(address, "address");
    this.body = Objects.requireNonNull(body, "body");
    this.replies = Objects.requireNonNull(replies, "replies");
  }

  /**
   * What carries the exchanges; unless said otherwise a new client with the platform's settings.
   */
  public HttpTransportBuilder<K, V> http(HttpClient client) {
    this.http = Objects.requireNonNull(client, "client");
    return this;
  }

  /**
   * More headers, read anew for each sending, as tokens expire: {@code Authorization}. Those in
   * which the contract speaks cannot be set by it. The user must stay the same for one mutation.
   */
  public HttpTransportBuilder<K, V> headers(Function<? super K, Map<String, String>> more) {
    this.headers = Objects.requireNonNull(more, "headers");
    return this;
  }

  /**
   * How long one exchange may take before it counts as lost; unless said otherwise 20 seconds.
   *
   * @throws IllegalArgumentException if it is not positive
   */
  public HttpTransportBuilder<K, V> timeout(Duration longest) {
    if (longest.isNegative() || longest.isZero()) {
      throw new IllegalArgumentException("timeout must be positive: " + longest);
    }
    this.timeout = longest;
    return this;
  }

  /** The transport. */
  public HttpTransport<K, V> build() {
    return new HttpTransport<>(this);
  }
}
