/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.proof;

/**
 * What a follower of a change feed was told, in that order.
 *
 * @param follower who
 * @param kind {@code PUT}, {@code DELETE}, or {@code MISSED} when the feed gave up
 * @param key of the store
 * @param version written or deleted
 */
record FeedEntry(String follower, String kind, String key, long version) {
  static final String DELETE = "DELETE";
  static final String MISSED = "MISSED";
}
