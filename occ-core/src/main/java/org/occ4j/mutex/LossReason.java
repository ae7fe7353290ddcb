/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutex;

/** Why a hold ceased to be valid before it was closed. */
public enum LossReason {
  /** Its lease, or the longest time it may be held, ran out. */
  EXPIRED,
  /** Somebody else was granted the key, or an operator released it by force. */
  STOLEN,
  /** The database could not be reached for so long that the lease can no longer be vouched for. */
  UNREACHABLE,
  /** The mutex was closed under it. */
  CLOSED
}
