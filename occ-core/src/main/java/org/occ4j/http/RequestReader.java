/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.http;

import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.occ4j.Expected;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.Timestamps;

/** Reads one request; {@link WriteRequest} says what from. */
final class RequestReader {

  /** Doubles count whole numbers one by one up to here; beyond it, digits may have been lost. */
  private static final double EXACT_DOUBLES = 1L << 53;

  private final Function<String, @Nullable String> header;
  private final Map<String, ? extends @Nullable Object> body;
  private final Scope scope;

  RequestReader(
      Function<String, @Nullable String> header,
      Map<String, ? extends @Nullable Object> body,
      Scope scope) {
    this.header = Objects.requireNonNull(header, "header");
    this.body = Objects.requireNonNull(body, "body");
    this.scope = Objects.requireNonNull(scope, "scope");
  }

  /** Reads a change or, if {@code creation}, a request that by its nature expects absence. */
  ParsedRequest read(boolean creation) {
    try {
      MutationId id = id();
      Precondition precondition = creation ? creation() : precondition();
      return new ParsedRequest.Accepted(
          new WriteRequest(id, precondition.expected(), precondition.source()));
    } catch (BadRequest bad) {
      return new ParsedRequest.Refused(HttpAnswer.refusal(bad.type, bad.detail));
    }
  }

  private MutationId id() throws BadRequest {
    String inHeader = header.apply(WriteRequest.IDEMPOTENCY_KEY);
    Object inBody = body.get(WriteRequest.CLIENT_MUTATION_ID);
    if (inBody == null) {
      return id(inHeader == null ? null : IdempotencyKey.text(inHeader));
    }
    MutationId fromBody = id(inBody);
    MutationId fromHeader = inHeader == null ? null : ours(inHeader);
    if (fromHeader != null && !fromBody.equals(fromHeader)) {
      throw new BadRequest(
          ProblemType.MUTATION_ID, "Idempotency-Key and clientMutationId are two different ids.");
    }
    return fromBody;
  }

  /**
   * The header's id; null if it is none, for browsers and gateways send the header by themselves.
   */
  private @Nullable MutationId ours(String inHeader) {
    String text = IdempotencyKey.text(inHeader);
    try {
      return text == null ? null : MutationId.parse(scope, text);
    } catch (IllegalArgumentException ofSomebodyElse) {
      return null;
    }
  }

  private MutationId id(@Nullable Object value) throws BadRequest {
    if (value == null) {
      throw new BadRequest(
          ProblemType.MUTATION_ID,
          "Send a UUID in the header Idempotency-Key or the body's clientMutationId.");
    }
    if (!(value instanceof String text)) {
      throw new BadRequest(ProblemType.MUTATION_ID, "clientMutationId is not a string.");
    }
    try {
      return MutationId.parse(scope, text);
    } catch (IllegalArgumentException malformed) {
      throw new BadRequest(ProblemType.MUTATION_ID, malformed);
    }
  }

  private Precondition creation() throws BadRequest {
    Expected inHeader = fromHeaders();
    if (inHeader == null) {
      return new Precondition(Expected.absent(), PreconditionSource.IMPLIED);
    }
    if (!inHeader.equals(Expected.absent())) {
      throw invalid("A creation expects that there is nothing; If-Match says otherwise.");
    }
    return new Precondition(inHeader, PreconditionSource.HEADER);
  }

  private Precondition precondition() throws BadRequest {
    Expected inHeader = fromHeaders();
    Expected inBody = fromBody(inHeader != null && namesVersions(inHeader));
    if (inHeader == null && inBody == null) {
      throw new BadRequest(
          ProblemType.PRECONDITION_REQUIRED,
          "Send the version that you read in If-Match or in the body, or its updatedAt.");
    }
    if (inBody == null) {
      return new Precondition(Objects.requireNonNull(inHeader), PreconditionSource.HEADER);
    }
    // "There is some state" and "it has version 5" agree; the narrower one is what is checked.
    if (inHeader == null || inHeader.equals(Expected.present())) {
      return new Precondition(inBody, PreconditionSource.BODY);
    }
    return new Precondition(narrower(inHeader, inBody), PreconditionSource.HEADER);
  }

  /** What header and body say together. Tags of others hold for nothing, whatever the body says. */
  private static Expected narrower(Expected inHeader, Expected inBody) throws BadRequest {
    if (inHeader instanceof Expected.VersionIn tags) {
      if (tags.versions().isEmpty()) {
        return tags;
      }
      if (inBody instanceof Expected.Version one && tags.versions().contains(one.version())) {
        return one;
      }
    } else if (inHeader.equals(inBody)) {
      return inBody;
    }
    throw invalid("The headers expect another state than the body does.");
  }

  private static boolean namesVersions(Expected expected) {
    return expected instanceof Expected.Version || expected instanceof Expected.VersionIn;
  }

  private @Nullable Expected fromHeaders() throws BadRequest {
    String match = header.apply("If-Match");
    String noneMatch = header.apply("If-None-Match");
    if (match != null && noneMatch != null) {
      throw invalid("If-Match and If-None-Match contradict each other.");
    }
    if (match != null) {
      EntityTags tags = tags("If-Match", match);
      return tags.any() ? Expected.present() : Expected.versionIn(tags.versions());
    }
    if (noneMatch != null && !tags("If-None-Match", noneMatch).any()) {
      throw invalid("For a write, If-None-Match can only be *.");
    }
    return noneMatch == null ? null : Expected.absent();
  }

  private static EntityTags tags(String name, String value) throws BadRequest {
    try {
      return EntityTags.parse(value);
    } catch (IllegalArgumentException malformed) {
      throw invalid(name + ": " + malformed.getMessage() + ".");
    }
  }

  private @Nullable Expected fromBody(boolean versionInHeader) throws BadRequest {
    Object version = body.get(WriteRequest.VERSION);
    if (version != null) {
      OptionalLong number = version(version);
      if (number.isEmpty()) {
        throw invalid("The body's version is not a whole number of zero or more.");
      }
      return Expected.version(number.getAsLong());
    }
    Object instant = versionInHeader ? null : body.get(WriteRequest.UPDATED_AT);
    return instant == null ? null : Expected.updatedAt(instant(instant));
  }

  private static OptionalLong version(Object value) {
    if (value instanceof String digits) {
      return EntityTag.version(digits);
    }
    if (!(value instanceof Number number)
        || (number instanceof Double && Math.abs(number.doubleValue()) > EXACT_DOUBLES)) {
      return OptionalLong.empty();
    }
    try {
      long exact = new BigDecimal(number.toString()).longValueExact();
      return exact < 0 ? OptionalLong.empty() : OptionalLong.of(exact);
    } catch (ArithmeticException | NumberFormatException notWhole) {
      return OptionalLong.empty();
    }
  }

  private static Instant instant(Object value) throws BadRequest {
    try {
      if (value instanceof String text) {
        Instant instant = Instant.parse(text);
        Timestamps.toMicros(instant); // refuses what no store could hold
        return instant;
      }
    } catch (DateTimeException | ArithmeticException malformed) {
      throw new BadRequest(ProblemType.PRECONDITION_INVALID, NOT_AN_INSTANT, malformed);
    }
    throw invalid(NOT_AN_INSTANT);
  }

  private static final String NOT_AN_INSTANT =
      "The body's updatedAt is not an instant such as 2026-01-31T10:15:30.123456Z.";

  private static BadRequest invalid(String detail) {
    return new BadRequest(ProblemType.PRECONDITION_INVALID, detail);
  }

  private record Precondition(Expected expected, PreconditionSource source) {}

  /** Leaves the reader early; never leaves this class. */
  private static final class BadRequest extends Exception {
    private static final long serialVersionUID = 1L;
    private final ProblemType type;
    private final String detail;

    BadRequest(ProblemType type, String detail) {
      super(detail);
      this.type = type;
      this.detail = detail;
    }

    BadRequest(ProblemType type, Exception cause) {
      this(type, String.valueOf(cause.getMessage()), cause);
    }

    BadRequest(ProblemType type, String detail, Exception cause) {
      super(detail, cause);
      this.type = type;
      this.detail = detail;
    }
  }
}
