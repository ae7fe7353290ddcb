/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j;

import java.util.Objects;

/**
 * A mutation that this call did not carry out, for callers who asked to have it thrown ({@code
 * orThrow()}): it was rejected, refused, or an earlier attempt's effect is not known. The result
 * says which, and when asking again may be worth it.
 */
public class NotAppliedException extends OccException {
  private static final long serialVersionUID = 1L;

  private final transient Object result;

  /**
   * An exception for a result.
   *
   * @param message why nothing was done
   * @param result the result that was asked to throw
   */
  public NotAppliedException(String message, Object result) {
    super(message, null);
    this.result = Objects.requireNonNull(result, "result");
  }

  /** The result that was asked to throw: of a pipeline, or of a registry. */
  public Object result() {
    return result;
  }
}
