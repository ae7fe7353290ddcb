/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.http;

import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.occ4j.Expected;
import org.occ4j.MutationId;
import org.occ4j.Scope;

/**
 * What the headers and the body of a write say about concurrency: its mutation id, and what it
 * expects to find.
 *
 * <p>Read from, in this order:
 *
 * <ul>
 *   <li>the id: the header {@code Idempotency-Key} (an RFC 8941 string; quotes may be missing), or
 *       the body's {@code clientMutationId}; a UUID or an opaque key, as {@link MutationId#parse}
 *       reads it. Beside an id in the body a header that is none is ignored: browsers and gateways
 *       add it by themselves;
 *   <li>the expectation: {@code If-Match} with entity tags or {@code *} (a tag that was never ours
 *       matches no state, so that the answer is 412), {@code If-None-Match: *} for "must not
 *       exist", the body's {@code version} (a number or a string of digits), or the body's {@code
 *       updatedAt} (an ISO 8601 instant), which counts only where nothing else names a version,
 *       because clients send it along with the rest of what they read.
 * </ul>
 *
 * <p>What is said twice must agree. A body field that is null counts as left out. {@code
 * If-Unmodified-Since} is not read: one second is too coarse to tell two writes apart.
 *
 * @param id the mutation's name, within the scope that the server chose
 * @param expected what the client believes is there
 * @param source where it said so
 */
public record WriteRequest(MutationId id, Expected expected, PreconditionSource source) {

  /** The header that carries the mutation id. */
  public static final String IDEMPOTENCY_KEY = "Idempotency-Key";

  /** The body field that carries the mutation id. */
  public static final String CLIENT_MUTATION_ID = "clientMutationId";

  /** The body field that carries the expected version. */
  public static final String VERSION = "version";

  /** The body field that carries the instant of the expected state. */
  public static final String UPDATED_AT = "updatedAt";

  /** Refuses nulls. */
  public WriteRequest {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(expected, "expected");
    Objects.requireNonNull(source, "source");
  }

  /**
   * Reads a change or a deletion, which must say what it expects.
   *
   * @param header gives a header's value by its usual name in whatever case, several lines {@link
   *     #joined}, or null where there is none
   * @param body the members of the JSON body; empty where there is none
   * @param scope within what the mutation id is unique
   */
  public static ParsedRequest read(
      Function<String, @Nullable String> header,
      Map<String, ? extends @Nullable Object> body,
      Scope scope) {
    return new RequestReader(header, body, scope).read(false);
  }

  /**
   * Reads a creation, which expects that there is nothing. A header {@code If-None-Match: *} may
   * say so too; a body's {@code version} and {@code updatedAt} are the application's own fields
   * here, and are not read.
   *
   * @param header as for {@link #read}
   * @param body as for {@link #read}
   * @param scope as for {@link #read}
   */
  public static ParsedRequest readCreation(
      Function<String, @Nullable String> header,
      Map<String, ? extends @Nullable Object> body,
      Scope scope) {
    return new RequestReader(header, body, scope).read(true);
  }

  /**
   * The lines of one header as one value: joined by commas, as RFC 9110 reads them (section 5.2).
   *
   * @param lines as the server has them; null or none where the header was not sent
   */
  public static @Nullable String joined(@Nullable Collection<String> lines) {
    return lines == null || lines.isEmpty() ? null : String.join(", ", lines);
  }
}
