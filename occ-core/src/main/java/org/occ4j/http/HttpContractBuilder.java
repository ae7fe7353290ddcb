/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.http;

import java.lang.reflect.RecordComponent;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.occ4j.Versioned;
import org.occ4j.internal.Names;
import org.occ4j.merge.FieldChange;

/** Gathers the parts of an {@link HttpContract}. Not thread-safe. */
public final class HttpContractBuilder<V> {
  private final Function<? super Versioned<V>, ? extends Object> view;
  private final Map<String, Integer> rejectionStatus = new HashMap<>();
  private final Map<String, String> constraintCodes = new HashMap<>();
  private final Map<String, String> fields = new HashMap<>();
  private final Map<String, String> fieldCodes = new HashMap<>();
  private boolean tellsTokens;
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
   * Names the field that clients know for a column: the problem of data that the database refuses
   * for this column has it as the member {@code field}. Columns that are not named here are never
   * told.
   *
   * @param column its name in any case; the column is known where {@link
   *     org.occ4j.DataRejectedException#column} is
   */
  public HttpContractBuilder<V> field(String column, String field) {
    fields.put(column.toLowerCase(Locale.ROOT), Objects.requireNonNull(field, "field"));
    return this;
  }

  /**
   * The same for all components of a record, whose columns have the names that {@code
   * TableMapping.record} gives them: {@code due_on} for {@code dueOn}.
   */
  public HttpContractBuilder<V> fields(Class<? extends Record> type) {
    for (RecordComponent component : type.getRecordComponents()) {
      field(Names.snakeCase(component.getName()), component.getName());
    }
    return this;
  }

  /**
   * Answers data that the database refuses for the column of this field (NULL, too long, out of
   * range) by this code, where no constraint has one.
   *
   * @param field as {@link #field} or {@link #fields} names it
   */
  public HttpContractBuilder<V> fieldCode(String field, String code) {
    fieldCodes.put(Objects.requireNonNull(field, "field"), Objects.requireNonNull(code, "code"));
    return this;
  }

  /**
   * Sends the place of a write's change in the feed in the header {@link
   * HttpContract#CHANGE_TOKEN}, where there is one. A client that sends it with its next read can
   * be shown a state that is at least as new, on whichever node.
   */
  public HttpContractBuilder<V> changeTokens() {
    tellsTokens = true;
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
        view,
        new Rejections(rejectionStatus, constraintCodes, fields, fieldCodes),
        change,
        tellsTokens);
  }
}
