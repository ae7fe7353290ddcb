/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.client;

import java.time.Duration;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.occ4j.Versioned;

/**
 * What a server answered to a {@link MutationRequest}, or that it did not.
 *
 * @param <V> the values
 */
public sealed interface Reply<V> {

  /** Calls the function of the case that this is. */
  <R extends @Nullable Object> R fold(Cases<V, R> cases);

  /**
   * One function per case, for {@link #fold}.
   *
   * @param confirmed for {@link Confirmed}
   * @param conflict for {@link Conflict}
   * @param rejected for {@link Rejected}
   * @param foreign for {@link Foreign}
   * @param retry for {@link Retry}
   * @param lost for {@link Lost}
   * @param unclear for {@link Unclear}
   */
  record Cases<V, R extends @Nullable Object>(
      Function<? super Confirmed<V>, ? extends R> confirmed,
      Function<? super Conflict<V>, ? extends R> conflict,
      Function<? super Rejected<V>, ? extends R> rejected,
      Function<? super Foreign<V>, ? extends R> foreign,
      Function<? super Retry<V>, ? extends R> retry,
      Function<? super Lost<V>, ? extends R> lost,
      Function<? super Unclear<V>, ? extends R> unclear) {}

  /**
   * It is stored, by this request or by an earlier one with the same id.
   *
   * @param state what the mutation made, or null if it deleted the key; null for a request that
   *     stores a value is taken as {@link Unclear}, never as a deletion
   */
  record Confirmed<V>(@Nullable Versioned<V> state) implements Reply<V> {
    @Override
    public <R extends @Nullable Object> R fold(Cases<V, R> cases) {
      return cases.confirmed().apply(this);
    }
  }

  /**
   * What the request expected is not there; nothing was changed.
   *
   * @param current what is there, or null if the key is absent
   */
  record Conflict<V>(@Nullable Versioned<V> current) implements Reply<V> {
    @Override
    public <R extends @Nullable Object> R fold(Cases<V, R> cases) {
      return cases.conflict().apply(this);
    }
  }

  /**
   * The service's own final no: this mutation changed nothing, in none of its sendings.
   *
   * @param code for programs
   * @param detail for people
   */
  record Rejected<V>(String code, String detail) implements Reply<V> {
    /** Refuses nulls. */
    public Rejected {
      Objects.requireNonNull(code, "code");
      Objects.requireNonNull(detail, "detail");
    }

    @Override
    public <R extends @Nullable Object> R fold(Cases<V, R> cases) {
      return cases.rejected().apply(this);
    }
  }

  /**
   * A no from something in between that does not know the mutation: a gateway's 401, a proxy's 413.
   * To a request that was sent once it is final. To one that was sent before it says nothing about
   * that sending, which may have been carried out; then the edit becomes {@link EditState#UNKNOWN},
   * and waits for a call.
   *
   * @param code for programs
   * @param detail for people
   */
  record Foreign<V>(String code, String detail) implements Reply<V> {
    /** Refuses nulls. */
    public Foreign {
      Objects.requireNonNull(code, "code");
      Objects.requireNonNull(detail, "detail");
    }

    @Override
    public <R extends @Nullable Object> R fold(Cases<V, R> cases) {
      return cases.foreign().apply(this);
    }
  }

  /**
   * Not now: the server is busy, or is carrying out the same mutation. Send the same again.
   *
   * @param after no sooner than this; not negative
   */
  record Retry<V>(Duration after) implements Reply<V> {
    /** Refuses a negative duration. */
    public Retry {
      if (after.isNegative()) {
        throw new IllegalArgumentException("after must not be negative: " + after);
      }
    }

    @Override
    public <R extends @Nullable Object> R fold(Cases<V, R> cases) {
      return cases.retry().apply(this);
    }
  }

  /**
   * No answer, or none that says what happened: it may be stored. Send the same again.
   *
   * @param after no sooner than this; not negative
   */
  record Lost<V>(Duration after) implements Reply<V> {
    /** Refuses a negative duration. */
    public Lost {
      if (after.isNegative()) {
        throw new IllegalArgumentException("after must not be negative: " + after);
      }
    }

    /** Without a wish for a pause. */
    public Lost() {
      this(Duration.ZERO);
    }

    @Override
    public <R extends @Nullable Object> R fold(Cases<V, R> cases) {
      return cases.lost().apply(this);
    }
  }

  /**
   * An answer came and leaves open what happened, and the same request would get the same: it could
   * not be understood, or the service itself does not know. The edit becomes {@link
   * EditState#UNKNOWN}, and waits for a call.
   *
   * @param detail for people
   */
  record Unclear<V>(String detail) implements Reply<V> {
    /** Refuses null. */
    public Unclear {
      Objects.requireNonNull(detail, "detail");
    }

    @Override
    public <R extends @Nullable Object> R fold(Cases<V, R> cases) {
      return cases.unclear().apply(this);
    }
  }
}
