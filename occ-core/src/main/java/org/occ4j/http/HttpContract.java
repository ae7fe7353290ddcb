/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.http;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
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

/**
 * Turns what the pipeline answered, or threw, into an HTTP answer.
 *
 * <p>The way of a write through a handler:
 *
 * <pre>{@code
 * ParsedRequest reading = WriteRequest.read(headers::getFirst, body, scope);
 * if (reading instanceof ParsedRequest.Refused refused) {
 *   return refused.answer();
 * }
 * WriteRequest request = ((ParsedRequest.Accepted) reading).request();
 * var mutation = Mutation.of(request.id(), id, request.expected(), edit).build();
 * try {
 *   return contract.answer(request, pipeline.apply(mutation));
 * } catch (OccException broken) {
 *   return contract.answer(request, broken);
 * }
 * }</pre>
 *
 * <p>A success has status 201 where the request expected absence, else 200, or 204 where the state
 * was deleted; its {@code ETag} names the state that this mutation made, also when it is replayed
 * and others have written since. A refusal carries a problem document. Messages of exceptions are
 * never sent, as they may name tables and hosts; log them.
 *
 * <p>Immutable and thread-safe; calls only the two functions given to its builder.
 *
 * @param <V> the values
 */
public final class HttpContract<V> {

  /** Marks the answer to a mutation that an earlier attempt had carried out. */
  public static final String IDEMPOTENCY_REPLAYED = "Idempotency-Replayed";

  /** The code of data that the database refuses, where the application has mapped none. */
  public static final String DATA_REJECTED = "data-rejected";

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
    Objects.requireNonNull(location, "location");
    HttpAnswer answer = answer(request, result);
    return answer.status() == 201 ? answer.withHeader("Location", location) : answer;
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
   * #DATA_REJECTED}.
   */
  public static HttpAnswer answer(OccException thrown) {
    if (thrown instanceof StoreUnavailableException
        || thrown instanceof TransactionConflictException
        || thrown instanceof MutexDeadlockException) {
      return unavailable(RETRY_AFTER);
    }
    if (thrown instanceof OutcomeUnknownException || thrown instanceof LeaseLostException) {
      return HttpAnswer.refusal(
          ProblemType.OUTCOME_UNKNOWN,
          "It may have been done. Send it again with the same mutation id; that settles it.",
          RETRY_AFTER);
    }
    if (thrown instanceof DataRejectedException) {
      return dataRejected(DATA_REJECTED, Map.of());
    }
    return HttpAnswer.refusal(ProblemType.INTERNAL, "Sending it again will not help.");
  }

  /** The answer of a service that surely did nothing and may be able to, later. */
  public static HttpAnswer unavailable(Duration retryAfter) {
    return HttpAnswer.refusal(
        ProblemType.UNAVAILABLE, "Nothing was changed. It is safe to send it again.", retryAfter);
  }

  private static <V> HttpAnswer applied(WriteRequest request, MutationResult.Applied<V> applied) {
    Versioned<V> current = applied.current();
    HttpAnswer answer;
    if (current == null) {
      answer = HttpAnswer.success(204);
    } else {
      boolean created = request.expected().equals(Expected.absent());
      answer = HttpAnswer.success(created ? 201 : 200).withHeader("ETag", current.etag());
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
