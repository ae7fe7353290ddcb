/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * All tags, dealt by hash to 255 stripes, and for each stripe the last epoch that began with a tag
 * of it.
 *
 * <p>An entry keeps the stripes of its nodes in the eight bytes of a long. From them and two
 * kilobytes that all readers share it learns that nothing happened to it; it looks at its nodes,
 * and writes down that it did, only after a tag of one of its stripes was invalidated. Otherwise
 * every invalidation would have every entry look, and the processors pass its cache lines to and
 * fro. Two tags on one stripe cost a look, never more.
 */
final class TagStripes {
  private static final int PER_ENTRY = 8;
  private static final int BITS = 8;
  private static final int MASK = (1 << BITS) - 1;

  /** Of an entry with more nodes than it has bytes for: it must look whenever the epoch moved. */
  private static final long TOO_MANY = -1;

  /** The first is no tag's: a byte of zero ends the stripes of an entry. */
  private final AtomicLongArray raised = new AtomicLongArray(1 << BITS);

  /** What an entry with these nodes keeps. */
  static long of(TagNode[] nodes) {
    if (nodes.length > PER_ENTRY) {
      return TOO_MANY;
    }
    long stripes = 0;
    for (TagNode node : nodes) {
      stripes = stripes << BITS | stripe(node);
    }
    return stripes;
  }

  private static int stripe(TagNode node) {
    return Math.max(1, node.hash() >>> (Integer.SIZE - BITS));
  }

  /** Notes that this epoch began with this node. */
  void raise(TagNode node, long epoch) {
    raised.accumulateAndGet(stripe(node), epoch, Math::max);
  }

  /** Whether none of these stripes was raised above this epoch; says no where it cannot tell. */
  boolean areQuietSince(long stripes, long epoch) {
    if (stripes == TOO_MANY) {
      return false;
    }
    long late = 0; // negative once one is late; which one that is cannot be predicted
    for (long rest = stripes; rest != 0; rest >>>= BITS) {
      late |= epoch - raised.get((int) rest & MASK);
    }
    return late >= 0;
  }
}
