/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.client;

/**
 * Where a pending edit is on its way.
 *
 * <pre>
 * LOCAL ──> SENDING ──> CONFIRMED
 *             │ ▲ │
 *             │ │ ├───> REJECTED
 *             │ │ └───> CONFLICTED ──refreshAndApply──> SENDING (new id, expected = current)
 *             ▼ │
 *           UNKNOWN ──> whatever the answer to the same id says
 * </pre>
 *
 * <p>{@code LOCAL}, {@code UNKNOWN} and {@code CONFLICTED} become {@code DISCARDED} by {@link
 * PendingEdit#discard}, and by nothing else.
 */
public enum EditState {
  /** Shown, and waiting for the edits before it. */
  LOCAL,
  /** Sent, or about to be sent again after the server asked to wait. */
  SENDING,
  /**
   * Sent, and no answer came that settles it: it may have been applied. The same id will be sent
   * again, by itself or by a call.
   */
  UNKNOWN,
  /** Refused, because somebody else was faster. Waits for a person; later edits wait behind it. */
  CONFLICTED,
  /** Stored. Final. */
  CONFIRMED,
  /** Refused for good, by the server or by the edit itself. Final. */
  REJECTED,
  /** Given up by a call. Final. */
  DISCARDED;

  /** Whether nothing more will become of the edit. */
  public boolean isFinal() {
    return this == CONFIRMED || this == REJECTED || this == DISCARDED;
  }
}
