/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import java.util.concurrent.atomic.AtomicLongArray;
import org.occ4j.Tag;

/**
 * The version of the last invalidation of each tag and each key, folded by hash into a table of
 * fixed size. It answers for names that no entry carries at the moment, which is what a load under
 * way may turn out to need.
 *
 * <p>Two names on one slot can make a load look invalidated that was not; it is then not kept. The
 * error is only ever to this side.
 */
final class InvalidationSlots {
  /** 128 KiB. A load that lasts through 100 invalidations meets a foreign one in 1 of 160 cases. */
  private static final int SIZE = 1 << 14;

  /** Turns the hashes of keys, so that a key and a tag spelled alike do not share a slot. */
  private static final int KEY_SALT = 0x5bd1e995;

  private final AtomicLongArray versions = new AtomicLongArray(SIZE);

  int slotOfTag(Tag tag) {
    return slot(tag.name().hashCode());
  }

  int slotOfKey(Object key) {
    return slot(key.hashCode() ^ KEY_SALT);
  }

  private static int slot(int hash) {
    // Fibonacci hashing: neighbouring hashes, as numbered names have, fall far apart.
    return (hash * 0x9e3779b9) >>> (Integer.SIZE - 14);
  }

  /** Notes an invalidation; versions never go back. */
  void raise(int slot, long version) {
    versions.accumulateAndGet(slot, version, Math::max);
  }

  long version(int slot) {
    return versions.get(slot);
  }
}
