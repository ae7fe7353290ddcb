/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.merge;

/** The constructor of a record refused a combination of fields that no side had written. */
final class RefusedValueException extends Exception {
  private static final long serialVersionUID = 1L;

  private final RuntimeException refusal;

  RefusedValueException(RuntimeException refusal) {
    super(refusal);
    this.refusal = refusal;
  }

  /** What the constructor threw. */
  RuntimeException refusal() {
    return refusal;
  }
}
