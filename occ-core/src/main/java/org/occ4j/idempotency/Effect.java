/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.idempotency;

import org.jspecify.annotations.Nullable;

/**
 * What a mutation does, once.
 *
 * @param <T> its answer; may be null
 */
@FunctionalInterface
public interface Effect<T> {

  /**
   * Does it. What it throws releases the claim, so that a retry runs it again, and reaches the
   * caller as it is; unless a {@link FailurePolicy} makes an answer of it.
   */
  @Nullable T run(EffectContext context) throws Exception;
}
