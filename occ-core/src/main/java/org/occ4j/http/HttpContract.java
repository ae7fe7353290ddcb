/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.http;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.occ4j.ConflictException;
import org.occ4j.DataRejectedException;
import org.occ4j.Expected;
import org.occ4j.LeaseLostException;
import org.occ4j.NotAppliedException;
import org.occ4j.OccException;
import org.occ4j.OutcomeUnknownException;
import org.occ4j.StoreUnavailableException;
import org.occ4j.TransactionConflictException;
import org.occ4j.Versioned;
import org.occ4j.merge.FieldChange;
import org.occ4j.mutation.MutationResult;
import org.occ4j.mutex.MutexDeadlockException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns what the pipeline answered, or threw, into an HTTP answer.
 *
 * <p>The way of a write through a handler:
 *
 * <pre>{@code
 * ParsedRequest parsed = WriteRequest.read(headers::getFirst, body, scope);
 * return contract.handle(
 *     parsed,
 *     request -> pipeline.apply(Mutation.of(request.id(), id, request.expected(), edit).build()));
 * }</pre>
 *
 * <p>A success has status 201 where the request expected absence, else 200, and the state in its
 * body, or 204 where the state was deleted; its {@code ETag} and body name the state that this
 * mutation made, also when it is replayed and others have written since. A refusal carries a
 * problem document. Messages of exceptions are never sent, as they may name tables and hosts;
 * {@link #handle} logs them.
 *
 * <p>Immutable and thread-safe; calls only the two functions given to its builder, and the call
 * that it handles, on the caller's thread.
 *
 * @param <V> the values
 */
public final class HttpContract<V> {

  /** Marks the answer to a mutation that an earlier attempt had carried out. */
  public static final String IDEMPOTENCY_REPLAYED = "Idempotency-Replayed";

  /** The code of data that the database refuses, where the application has mapped none. */
  public static final String DATA_REJECTED = "data-rejected";

  private static final Logger LOG = LoggerFactory.getLogger(HttpContract.class);

  private static final int CREATED = 201;

  /** When nothing better is known: long enough for a failover to begin, short enough for people. */
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  private final Function<? super Versioned<V>, ? extends Object> view;
  private final Map<String, Integer> rejectionStatus;
  private final Map<String, String> constraintCodes;
  private final Function<FieldChange, @Nullable FieldChange> change;

  HttpContract(
      Function<? super Versioned<V>, ? extends Object> view,
      Map<String, Integer> rejectionStatus,
      Map<String, String> constraintCodes,
      Function<FieldChange, @Nullable FieldChange> change) {
    this.view = view;
    this.rejectionStatus = rejectionStatus;
    this.constraintCodes = constraintCodes;
    this.change = change;
  }

  /**
   * A contract.
   *
   * @param view what the client may see of a state, as something that the application's JSON
   *     library can write; the place to leave out what this client must not see
   */
  public static <V> HttpContractBuilder<V> builder(
      Function<? super Versioned<V>, ? extends Object> view) {
    return new HttpContractBuilder<>(view);
  }

  /**
   * What a handler has carried out for a request.
   *
   * @param <V> the values
   */
  @FunctionalInterface
  public interface Call<V> {
    /**
     * Carries out the request by {@link org.occ4j.mutation.MutationPipeline#apply}.
     *
     * @throws InterruptedException as the pipeline does
     */
    MutationResult<V> apply(WriteRequest request) throws InterruptedException;
  }

  /**
   * Carries out a request that was understood, and answers it whatever comes of it.
   *
   * <p>An {@link OccException} is logged, at WARN with the mutation's id, and answered; refused
   * data is logged at INFO in one line, as it is what the client sent. So is an interrupt, as an
   * outcome that is not known: the thread stays marked as interrupted, and sending the same request
   * again settles it. Anything else that the call throws is the application's own and passes
   * through; of such a mutation the pipeline has said what is stored.
   *
   * @return the answer of a {@link ParsedRequest.Refused} as it is; no call is made then
   */
  public HttpAnswer handle(ParsedRequest parsed, Call<V> call) {
    if (parsed instanceof ParsedRequest.Refused refused) {
      return refused.answer();
    }
    WriteRequest request = ((ParsedRequest.Accepted) parsed).request();
    try {
      return answer(request, call.apply(request));
    } catch (DataRejectedException refused) {
      LOG.info( // Without the server's message, which may have the row in it.
          "mutation {} was refused by the database: SQLSTATE {}, constraint {} of {}",
          request.id().clientMutationId(),
          refused.sqlState(),
          refused.constraint(),
          refused.table());
      return answer(request, refused);
    } catch (OccException thrown) {
      LOG.warn("mutation {} failed", request.id().clientMutationId(), thrown);
      return answer(request, thrown);
    } catch (InterruptedException interrupt) {
      Thread.currentThread().interrupt();
      return outcomeUnknown();
    }
  }

  /**
   * The same with a {@code Location} header on a 201.
   *
   * @param location the address of what the request creates
   */
  public HttpAnswer handle(ParsedRequest parsed, Call<V> call, String location) {
    return located(handle(parsed, call), location);
  }

  private static HttpAnswer located(HttpAnswer answer, String location) {
    Objects.requireNonNull(location, "location");
    return answer.status() == CREATED ? answer.withHeader("Location", location) : answer;
  }

  /**
   * The answer to a request that reads one state: 200 with the state and its {@code ETag}, 304
   * without a body where {@code If-None-Match} names the state (RFC 9110, section 13.1.2), 404
   * where there is none. A header that cannot be read names nothing.
   *
   * @param header gives a header's value by its usual name in whatever case, several lines joined
   *     by commas, or null where there is none
   * @param found what the store has
   */
  public HttpAnswer read(Function<String, @Nullable String> header, Optional<Versioned<V>> found) {
    Versioned<V> state = found.orElse(null);
    if (state == null) {
      return HttpAnswer.refusal(ProblemType.NOT_FOUND, "It was deleted or never existed.");
    }
    HttpAnswer answer =
        isKnown(header.apply("If-None-Match"), state)
            ? HttpAnswer.success(304)
            : HttpAnswer.success(200, view.apply(state));
    return answer.withHeader("ETag", state.etag());
  }

  private static boolean isKnown(@Nullable String noneMatch, Versioned<?> state) {
    try {
      return noneMatch != null && EntityTags.parse(noneMatch).matches(state);
    } catch (IllegalArgumentException unreadable) {
      return false; // A conditional read may always be answered in full.
    }
  }

  /** The answer to this request, for which the pipeline gave this result. */
  public HttpAnswer answer(WriteRequest request, MutationResult<V> result) {
    if (result instanceof MutationResult.Applied<V> applied) {
      return applied(request, applied);
    }
    return result instanceof MutationResult.Conflicted<V> conflicted
        ? conflict(request, conflicted)
        : notApplied((MutationResult.NotApplied<?>) result);
  }

  private HttpAnswer notApplied(MutationResult.NotApplied<?> result) {
    if (result instanceof MutationResult.Rejected<?> rejected) {
      return rejected(rejected);
    }
    return result instanceof MutationResult.Refused<?> refused
        ? refused(refused)
        : unresolved((MutationResult.Unresolved<?>) result);
  }

  /**
   * The same with a {@code Location} header on a 201.
   *
   * @param location the address of what the request creates
   */
  public HttpAnswer answer(WriteRequest request, MutationResult<V> result, String location) {
    return located(answer(request, result), location);
  }

  /**
   * The answer to this request, for which the library threw this.
   *
   * @param thrown a {@link ConflictException} among them must come from a store of {@code V}
   */
  public HttpAnswer answer(WriteRequest request, OccException thrown) {
    if (thrown instanceof ConflictException conflict) {
      @SuppressWarnings("unchecked") // documented above
      Versioned<V> current = (Versioned<V>) conflict.current();
      return conflict(
          request, new MutationResult.Conflicted<>(conflict.expected(), current, List.of()));
    }
    if (thrown instanceof NotAppliedException notApplied
        && notApplied.result() instanceof MutationResult.NotApplied<?> result) {
      return notApplied(result);
    }
    return thrown instanceof DataRejectedException refused
        ? dataRejected(codeOf(refused), rejectionStatus)
        : answer(thrown);
  }

  private String codeOf(DataRejectedException refused) {
    String constraint = refused.constraint();
    return constraint == null
        ? DATA_REJECTED
        : constraintCodes.getOrDefault(constraint.toLowerCase(Locale.ROOT), DATA_REJECTED);
  }

  private static HttpAnswer dataRejected(String code, Map<String, Integer> statusOf) {
    return HttpAnswer.refusal(
        ProblemType.REJECTED,
        statusOf.getOrDefault(code, ProblemType.REJECTED.status()),
        "The data breaks a rule of the database.",
        Map.of("code", code));
  }

  /**
   * The answer where the library threw this and no request can be told, as when reading. A conflict
   * is answered as a failure of the server here, and of refused data no code is known but {@link
   * #DATA_REJECTED}. Nothing is logged.
   */
  public static HttpAnswer answer(OccException thrown) {
    if (thrown instanceof StoreUnavailableException
        || thrown instanceof TransactionConflictException
        || thrown instanceof MutexDeadlockException) {
      return unavailable(RETRY_AFTER);
    }
    if (thrown instanceof OutcomeUnknownException || thrown instanceof LeaseLostException) {
      return outcomeUnknown();
    }
    if (thrown instanceof DataRejectedException) {
      return dataRejected(DATA_REJECTED, Map.of());
    }
    return HttpAnswer.refusal(ProblemType.INTERNAL, "Sending it again will not help.");
  }

  private static HttpAnswer outcomeUnknown() {
    return HttpAnswer.refusal(
        ProblemType.OUTCOME_UNKNOWN,
        "It may have been done. Send it again with the same mutation id; that settles it.",
        RETRY_AFTER);
  }

  /** The answer of a service that surely did nothing and may be able to, later. */
  public static HttpAnswer unavailable(Duration retryAfter) {
    return HttpAnswer.refusal(
        ProblemType.UNAVAILABLE, "Nothing was changed. It is safe to send it again.", retryAfter);
  }

  private HttpAnswer applied(WriteRequest request, MutationResult.Applied<V> applied) {
    Versioned<V> current = applied.current();
    HttpAnswer answer;
    if (current == null) {
      answer = HttpAnswer.success(204);
    } else {
      boolean created = request.expected().equals(Expected.absent());
      answer =
          HttpAnswer.success(created ? CREATED : 200, view.apply(current))
              .withHeader("ETag", current.etag());
    }
    return marked(answer, applied.replayed());
  }

  private static HttpAnswer marked(HttpAnswer answer, boolean replayed) {
    return replayed ? answer.withHeader(IDEMPOTENCY_REPLAYED, "true") : answer;
  }

  private HttpAnswer conflict(WriteRequest request, MutationResult.Conflicted<V> conflict) {
    Versioned<V> current = conflict.current();
    Map<String, @Nullable Object> more = new LinkedHashMap<>();
    more.put("expected", ProblemMembers.expected(conflict.expected()));
    more.put("current", current == null ? null : view.apply(current));
    more.put("changes", ProblemMembers.changes(conflict.changes(), change));
    HttpAnswer answer =
        HttpAnswer.refusal(
            ProblemType.CONFLICT,
            request.source().conflictStatus(),
            ProblemMembers.conflictDetail(conflict, request.id().scope().principal()),
            more);
    return current == null ? answer : answer.withHeader("ETag", current.etag());
  }

  private HttpAnswer rejected(MutationResult.Rejected<?> rejected) {
    int status = rejectionStatus.getOrDefault(rejected.code(), ProblemType.REJECTED.status());
    HttpAnswer answer =
        HttpAnswer.refusal(
            ProblemType.REJECTED, status, rejected.detail(), Map.of("code", rejected.code()));
    return marked(answer, rejected.replayed());
  }

  private static HttpAnswer refused(MutationResult.Refused<?> refused) {
    return switch (refused.reason()) {
      case IN_FLIGHT ->
          HttpAnswer.refusal(
              ProblemType.IN_FLIGHT,
              "Send it again with the same mutation id to learn its result.",
              refused.retryAfter());
      case MISMATCH ->
          HttpAnswer.refusal(
              ProblemType.MUTATION_MISMATCH, "A new change needs a new mutation id.");
      case CAPACITY ->
          HttpAnswer.refusal(
              ProblemType.CAPACITY,
              "Nothing was changed. It is safe to send it again.",
              refused.retryAfter());
    };
  }

  private static HttpAnswer unresolved(MutationResult.Unresolved<?> unresolved) {
    return HttpAnswer.refusal(
        ProblemType.UNRESOLVED,
        ProblemType.UNRESOLVED.status(),
        "Somebody has to find out what became of it before it can be sent again.",
        Map.of("claimedAt", unresolved.claimedAt().toString()));
  }
}
