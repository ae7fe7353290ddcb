/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.http;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.occ4j.Versioned;
import org.occ4j.merge.FieldChange;

/** Gathers the parts of an {@link HttpContract}. Not thread-safe. */
public final class HttpContractBuilder<V> {
  private final Function<? super Versioned<V>, ? extends Object> view;
  private final Map<String, Integer> rejectionStatus = new HashMap<>();
  private final Map<String, String> constraintCodes = new HashMap<>();
  private Function<FieldChange, @Nullable FieldChange> change = shown -> shown;

  HttpContractBuilder(Function<? super Versioned<V>, ? extends Object> view) {
    this.view = Objects.requireNonNull(view, "view");
  }

  /**
   * Answers rejections with this code by this status instead of 422.
   *
   * @throws IllegalArgumentException if it is not a status of a refusal, 400 to 599
   */
  public HttpContractBuilder<V> rejectionStatus(String code, int status) {
    Objects.requireNonNull(code, "code");
    if (status < 400 || status > 599) {
      throw new IllegalArgumentException("a rejection has a status of 400 to 599, not " + status);
    }
    rejectionStatus.put(code, status);
    return this;
  }

  /**
   * Answers data that this constraint or unique index of the database refuses by this code, and by
   * the status of the code ({@link #rejectionStatus}). Without it the code is {@link
   * HttpContract#DATA_REJECTED}.
   *
   * @param constraint its name in any case; the name is known where {@link
   *     org.occ4j.DataRejectedException#constraint} is
   */
  public HttpContractBuilder<V> constraintCode(String constraint, String code) {
    constraintCodes.put(constraint.toLowerCase(Locale.ROOT), Objects.requireNonNull(code, "code"));
    return this;
  }

  /**
   * Passes each field of a conflict through {@code function}, which may rename it, rewrite its
   * values for the JSON library, or return null to keep it from the client. The state itself goes
   * through the function given to {@link HttpContract#builder}.
   */
  public HttpContractBuilder<V> change(Function<FieldChange, @Nullable FieldChange> function) {
    this.change = Objects.requireNonNull(function, "change");
    return this;
  }

  /** The contract. */
  public HttpContract<V> build() {
    return new HttpContract<>(
        view, Map.copyOf(rejectionStatus), Map.copyOf(constraintCodes), change);
  }
}
