/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

/** What a cache does with its entries while it has lost contact to the feed that it follows. */
public enum StalenessPolicy {
  /** Every read loads for itself; nothing is served from memory until contact is back. */
  BYPASS,
  /**
   * Entries are served to the end of their time to live; {@link TaggedCache#read} says so with each
   * of them, {@link CacheHealth} of the cache.
   */
  SERVE_STALE,
  /** Every read throws {@link org.occ4j.StoreUnavailableException}. */
  FAIL
}
