/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.idempotency;

/** What a retry does when an earlier attempt's lease ran out without an answer. */
public enum CrashPolicy {
  /**
   * Run the effect again, unless the earlier attempt had declared an {@linkplain
   * EffectContext#externalCallStarting() external call}.
   */
  RETRY,
  /** Never run it again: answer {@link Outcome.Unresolved} until an operator settles it. */
  HOLD
}
