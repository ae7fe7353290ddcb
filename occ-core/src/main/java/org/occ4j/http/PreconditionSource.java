/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.http;

/** Where a request said what it expects, which decides the status of a conflict. */
public enum PreconditionSource {
  /**
   * In {@code If-Match} or {@code If-None-Match}: a conflict is 412 (RFC 9110, section 15.5.13).
   */
  HEADER(412),
  /** In the body: a conflict is 409 (RFC 9110, section 15.5.10; RFC 5789, section 2.2). */
  BODY(409),
  /** Nowhere: a creation expects absence by its nature. A conflict is 409. */
  IMPLIED(409);

  private final int conflictStatus;

  PreconditionSource(int conflictStatus) {
    this.conflictStatus = conflictStatus;
  }

  /** The status by which a conflict is answered. */
  public int conflictStatus() {
    return conflictStatus;
  }
}
