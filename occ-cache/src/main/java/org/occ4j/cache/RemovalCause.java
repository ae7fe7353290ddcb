/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

/** Why an entry left the cache. */
public enum RemovalCause {
  /** There were too many, or they weighed too much. */
  SIZE,
  /** Its time was over, and every grace. */
  EXPIRED,
  /** It was hard-invalidated: by a tag, by its key, or with everything. */
  INVALIDATED,
  /** A newer value took its place. */
  REPLACED,
  /** The cache was closed. */
  CLOSED
}
