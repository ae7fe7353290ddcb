/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.http;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What came of reading a request: it says what a write needs, or the answer says what it lacks. */
public sealed interface Reading {

  /** Calls the function that fits and returns its answer. */
  <R extends @Nullable Object> R fold(
      Function<? super WriteRequest, ? extends R> accepted,
      Function<? super HttpAnswer, ? extends R> refused);

  /**
   * The request says what a write needs.
   *
   * @param request what it says
   */
  record Accepted(WriteRequest request) implements Reading {
    @Override
    public <R extends @Nullable Object> R fold(
        Function<? super WriteRequest, ? extends R> accepted,
        Function<? super HttpAnswer, ? extends R> refused) {
      return accepted.apply(request);
    }
  }

  /**
   * The request cannot be carried out as it is; nothing was done.
   *
   * @param answer what to send back: 400 or 428
   */
  record Refused(HttpAnswer answer) implements Reading {
    @Override
    public <R extends @Nullable Object> R fold(
        Function<? super WriteRequest, ? extends R> accepted,
        Function<? super HttpAnswer, ? extends R> refused) {
      return refused.apply(answer);
    }
  }
}
