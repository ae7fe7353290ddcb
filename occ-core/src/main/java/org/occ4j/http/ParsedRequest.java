/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.http;

/** A request as it was read: it says what a write needs, or the answer says what it lacks. */
public sealed interface ParsedRequest {

  /** Whether the request says what a write needs. */
  default boolean isAccepted() {
    return this instanceof Accepted;
  }

  /**
   * What the request says.
   *
   * @throws IllegalArgumentException if it cannot be carried out as it is; to answer it, ask for
   *     {@link Refused#answer}
   */
  WriteRequest orThrow();

  /**
   * The request says what a write needs.
   *
   * @param request what it says
   */
  record Accepted(WriteRequest request) implements ParsedRequest {
    @Override
    public WriteRequest orThrow() {
      return request;
    }
  }

  /**
   * The request cannot be carried out as it is; nothing was done.
   *
   * @param answer what to send back: 400 or 428
   */
  record Refused(HttpAnswer answer) implements ParsedRequest {
    @Override
    public WriteRequest orThrow() {
      throw new IllegalArgumentException("not a request for a write: " + answer);
    }
  }
}
