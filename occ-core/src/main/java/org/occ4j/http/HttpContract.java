/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.http;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.occ4j.ConflictException;
import org.occ4j.DataRejectedException;
import org.occ4j.Expected;
import org.occ4j.NotAppliedException;
import org.occ4j.OccException;
import org.occ4j.Versioned;
import org.occ4j.idempotency.Outcome;
import org.occ4j.merge.FieldChange;
import org.occ4j.mutation.MutationResult;
import org.occ4j.mutation.Rejection;

/**
 * Turns what the pipeline answered, or threw, into an HTTP answer.
 *
 * <p>The way of a write through a handler:
 *
 * <pre>{@code
 * ParsedRequest parsed =
 *     WriteRequest.read(name -> WriteRequest.joined(headers.get(name)), body, scope);
 * return contract.handle(
 *     parsed,
 *     request -> pipeline.apply(Mutation.of(request.id(), id, request.expected(), edit).build()));
 * }</pre>
 *
 * <p>A success has status 201 where the request expected absence, else 200, and the state in its
 * body, or 204 where the state was deleted; its {@code ETag} and body name the state that this
 * mutation made, also when it is replayed and others have written since. A refusal carries a
 * problem document. Messages of exceptions are never sent, as they may name tables and hosts; they
 * are logged.
 *
 * <p>Immutable and thread-safe; calls only the two functions given to its builder, and the call
 * that it handles, on the caller's thread.
 *
 * @param <V> the values
 */
public final class HttpContract<V> {

  /** Marks the answer to a mutation that an earlier attempt had carried out. */
  public static final String IDEMPOTENCY_REPLAYED = "Idempotency-Replayed";

  /** Says where a write's change is in the feed, if {@link HttpContractBuilder#changeTokens}. */
  public static final String CHANGE_TOKEN = "Change-Token";

  /** The code of data that the database refuses, where the application has mapped none. */
  public static final String DATA_REJECTED = "data-rejected";

  private static final int CREATED = 201;

  private final Function<? super Versioned<V>, ? extends Object> view;
  private final Rejections rejections;
  private final Function<FieldChange, @Nullable FieldChange> change;
  private final boolean tellsTokens;

  HttpContract(
      Function<? super Versioned<V>, ? extends Object> view,
      Rejections rejections,
      Function<FieldChange, @Nullable FieldChange> change,
      boolean tellsTokens) {
    this.view = view;
    this.rejections = rejections;
    this.change = change;
    this.tellsTokens = tellsTokens;
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
   * What a handler has carried out by the registry.
   *
   * @param <T> the answers
   */
  @FunctionalInterface
  public interface Execution<T extends @Nullable Object> {
    /**
     * Carries out the request by {@link org.occ4j.idempotency.IdempotencyRegistry#execute}.
     *
     * @throws Exception as the effect does
     */
    Outcome<T> execute(WriteRequest request) throws Exception;
  }

  /**
   * Carries out a request that was understood, and answers it whatever comes of it.
   *
   * <p>An {@link OccException} is logged and answered as by {@link #answer(WriteRequest,
   * OccException)}. So is an interrupt, as an outcome that is not known: the thread stays marked as
   * interrupted, and sending the same request again settles it. Anything else that the call throws
   * is the application's own and passes through; of such a mutation the pipeline has said what is
   * stored.
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
    } catch (OccException thrown) {
      return answer(request, thrown);
    } catch (InterruptedException interrupt) {
      return interrupted();
    }
  }

  /**
   * The same for what the registry does once, such as a payment. A {@link Rejection} that the
   * effect throws is answered as a mutation's is; the registry keeps no answer then, so that the
   * same request may be sent again.
   *
   * @throws Exception what the effect throws else
   */
  public <T extends @Nullable Object> HttpAnswer execute(ParsedRequest parsed, Execution<T> call)
      throws Exception {
    if (parsed instanceof ParsedRequest.Refused refused) {
      return refused.answer();
    }
    WriteRequest request = ((ParsedRequest.Accepted) parsed).request();
    try {
      return answer(request, call.execute(request));
    } catch (Rejection rejection) {
      return rejections.answer(rejection.code(), rejection.detail());
    } catch (OccException thrown) {
      return answer(request, thrown);
    } catch (InterruptedException interrupt) {
      return interrupted();
    }
  }

  private static HttpAnswer interrupted() {
    Thread.currentThread().interrupt();
    return Refusals.outcomeUnknown();
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
        ? conflict(conflicted, request.source().conflictStatus(), request.id().scope().principal())
        : notApplied((MutationResult.NotApplied<?>) result);
  }

  private HttpAnswer notApplied(MutationResult.NotApplied<?> result) {
    if (result instanceof MutationResult.Rejected<?> rejected) {
      return marked(rejections.answer(rejected.code(), rejected.detail()), rejected.replayed());
    }
    return result instanceof MutationResult.Refused<?> refused
        ? Refusals.refused(refused.reason(), refused.retryAfter())
        : Refusals.unresolved(((MutationResult.Unresolved<?>) result).claimedAt());
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
   * The answer to this request, for which the registry gave this outcome: the effect's answer in
   * the body, with 201 where the request expected absence, else 200; 204 where there is none, and
   * where it could not be kept ({@link Outcome.Replayed#available}).
   *
   * @param outcome its answer is something that the application's JSON library can write; it does
   *     not go through the view, which is for states
   */
  public HttpAnswer answer(WriteRequest request, Outcome<?> outcome) {
    if (outcome instanceof Outcome.Executed<?> executed) {
      return done(request, executed.value());
    }
    return outcome instanceof Outcome.Replayed<?> replayed
        ? marked(done(request, replayed.value()), true)
        : notDone(outcome);
  }

  private static HttpAnswer notDone(Outcome<?> outcome) {
    return outcome instanceof Outcome.Refused<?> refused
        ? Refusals.refused(refused.reason(), refused.retryAfter())
        : Refusals.unresolved(((Outcome.Unresolved<?>) outcome).claimedAt());
  }

  /**
   * The answer to this request, for which the library threw this. A conflict, and what was not
   * applied ({@code orThrow()}), is answered as the result that it stands for.
   *
   * <p>Logged in one line: at DEBUG what clients are expected to meet, at INFO refused data, which
   * is what the client sent, and at WARN with its stack trace what is broken.
   *
   * @param thrown a {@link ConflictException} must come from a store of {@code V}
   */
  public HttpAnswer answer(WriteRequest request, OccException thrown) {
    FailureLog.log("mutation " + request.id().clientMutationId(), thrown);
    return thrown instanceof ConflictException conflict
        ? conflict(
            conflictOf(conflict),
            request.source().conflictStatus(),
            request.id().scope().principal())
        : failure(thrown);
  }

  /**
   * The same where no request can be told, as in an exception handler of a framework: a conflict
   * has status 409.
   */
  public HttpAnswer answer(OccException thrown) {
    FailureLog.log("a request", thrown);
    return thrown instanceof ConflictException conflict
        ? conflict(conflictOf(conflict), ProblemType.CONFLICT.status(), null)
        : failure(thrown);
  }

  private HttpAnswer failure(OccException thrown) {
    if (thrown instanceof NotAppliedException notApplied) {
      if (notApplied.result() instanceof MutationResult.NotApplied<?> result) {
        return notApplied(result);
      }
      if (notApplied.result() instanceof Outcome<?> outcome) {
        return notDone(outcome);
      }
    }
    return thrown instanceof DataRejectedException refused
        ? rejections.answer(refused)
        : Refusals.broken(thrown);
  }

  private MutationResult.Conflicted<V> conflictOf(ConflictException thrown) {
    @SuppressWarnings("unchecked") // as documented where it comes in
    Versioned<V> current = (Versioned<V>) thrown.current();
    return new MutationResult.Conflicted<>(thrown.expected(), current, List.of());
  }

  /** The answer of a service that surely did nothing and may be able to, later. */
  public static HttpAnswer unavailable(Duration retryAfter) {
    return HttpAnswer.refusal(
        ProblemType.UNAVAILABLE, "Nothing was changed. It is safe to send it again.", retryAfter);
  }

  private HttpAnswer applied(WriteRequest request, MutationResult.Applied<V> applied) {
    Versioned<V> current = applied.current();
    HttpAnswer answer = done(request, current == null ? null : view.apply(current));
    if (current != null) {
      answer = answer.withHeader("ETag", current.etag());
    }
    if (tellsTokens && applied.token() != null) {
      answer = answer.withHeader(CHANGE_TOKEN, applied.token().toString());
    }
    return marked(answer, applied.replayed());
  }

  private static HttpAnswer done(WriteRequest request, @Nullable Object body) {
    if (body == null) {
      return HttpAnswer.success(204);
    }
    boolean created = request.expected().equals(Expected.absent());
    return HttpAnswer.success(created ? CREATED : 200, body);
  }

  private static HttpAnswer marked(HttpAnswer answer, boolean replayed) {
    return replayed ? answer.withHeader(IDEMPOTENCY_REPLAYED, "true") : answer;
  }

  private HttpAnswer conflict(
      MutationResult.Conflicted<V> conflict, int status, @Nullable String asking) {
    Versioned<V> current = conflict.current();
    Map<String, @Nullable Object> more = new LinkedHashMap<>();
    more.put("expected", ProblemMembers.expected(conflict.expected()));
    more.put("current", current == null ? null : view.apply(current));
    more.put("changes", ProblemMembers.changes(conflict.changes(), change));
    HttpAnswer answer =
        HttpAnswer.refusal(
            ProblemType.CONFLICT, status, ProblemMembers.conflictDetail(conflict, asking), more);
    return current == null ? answer : answer.withHeader("ETag", current.etag());
  }
}
