/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whether an {@link OccDatabase} can be relied on at this moment, part by part. Nothing in it comes
 * from the application's data or from a message of the driver; what failed is in the log.
 *
 * @param parts {@code database}, {@code changes} and {@code housekeeping}, in this order
 */
public record DatabaseHealth(List<Part> parts) {

  /** How a part is. The worst comes last. */
  public enum State {
    /** It does what it promises. */
    UP,
    /** It works, but later or less than it should; nothing is wrong by that. */
    DEGRADED,
    /** It does not work. */
    DOWN
  }

  /**
   * One part.
   *
   * @param name which
   * @param state how it is
   * @param reason why it is not up, or null if it is
   */
  public record Part(String name, State state, @Nullable String reason) {}

  /** Copies the list. */
  public DatabaseHealth {
    parts = List.copyOf(parts);
  }

  /** The worst of the parts. */
  public State state() {
    return parts.stream().map(Part::state).max(State::compareTo).orElse(State.UP);
  }
}
