/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.idempotency;

import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * What a mutation does, once, without keeping a thread while it does it.
 *
 * @param <T> its answer; may be null
 */
@FunctionalInterface
public interface AsyncEffect<T> {

  /**
   * Starts it and returns soon; the effect is done when the stage is. What it throws, and what the
   * stage fails with, releases the claim, so that a retry runs it again.
   *
   * <p>A stage that never completes keeps its mutation under way until the lease is over, and where
   * there is no lease (in memory) until it is forgotten. So give it a time-out.
   */
  CompletionStage<? extends @Nullable T> start(EffectContext context) throws Exception;
}
