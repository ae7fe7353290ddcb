/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j;

import java.util.Objects;

/**
 * Within what a client's mutation id is unique: who asks, for whom, to do what.
 *
 * <p>It is a security boundary. A stored answer is found only under the scope in which it was
 * stored, so one user can neither read another's answer by guessing an id nor block it. That is why
 * no method takes an id without a scope. Parts compare by their exact characters.
 *
 * @param tenant the customer or realm; use a constant where there is only one
 * @param principal the authenticated user or client
 * @param operation what is done, such as {@code "task.edit"}; the same id for two operations means
 *     two mutations
 */
public record Scope(String tenant, String principal, String operation) {

  /** The longest part, in characters. */
  public static final int MAX_PART_LENGTH = 255;

  /** Refuses empty and over-long parts, naming the part. */
  public Scope {
    requirePart("tenant", tenant);
    requirePart("principal", principal);
    requirePart("operation", operation);
  }

  private static void requirePart(String name, String part) {
    Objects.requireNonNull(part, name);
    if (part.isEmpty() || part.length() > MAX_PART_LENGTH) {
      throw new IllegalArgumentException(
          "scope " + name + " has 1 to " + MAX_PART_LENGTH + " characters, not " + part.length());
    }
  }
}
