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
 * error is only ever to this side, and a slot tells by some bits which name raised it last, so that
 * it can be counted.
 */
final class InvalidationSlots {
  private static final int SLOT_BITS = 14;

  /** 128 KiB. A load that lasts through 100 invalidations meets a foreign one in 1 of 160 cases. */
  private static final int SIZE = 1 << SLOT_BITS;

  /** What is left for versions lasts for seventy years of a million invalidations per second. */
  private static final int NAME_BITS = 12;

  private static final int NAME_MASK = (1 << NAME_BITS) - 1;

  /** Turns the hashes of keys, so that a key and a tag spelled alike do not share a slot. */
  private static final int KEY_SALT = 0x5bd1e995;

  /** Version and, below it, the bits of a name: the greatest is the latest. */
  private final AtomicLongArray raised = new AtomicLongArray(SIZE);

  /** What a tag is here: its slot, and the bits by which it differs from others there. */
  static int tagHash(Tag tag) {
    return spread(tag.name().hashCode());
  }

  /** What a key is here. */
  static int keyHash(Object key) {
    return spread(key.hashCode() ^ KEY_SALT);
  }

  /** Fibonacci hashing: neighbouring hashes, as numbered names have, fall far apart. */
  private static int spread(int hash) {
    return hash * 0x9e3779b9;
  }

  private static int slot(int hash) {
    return hash >>> (Integer.SIZE - SLOT_BITS);
  }

  /** Notes an invalidation; versions never go back. */
  void raise(int hash, long version) {
    raised.accumulateAndGet(slot(hash), version << NAME_BITS | (hash & NAME_MASK), Math::max);
  }

  /** The version of the last invalidation of this name, or of another in its slot. */
  long version(int hash) {
    return raised.get(slot(hash)) >>> NAME_BITS;
  }

  /** Whether the last to raise this name's slot was, as far as its bits tell, that name. */
  boolean isRaisedBy(int hash) {
    return (raised.get(slot(hash)) & NAME_MASK) == (hash & NAME_MASK);
  }
}
