/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import java.lang.ref.Reference;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import org.jspecify.annotations.Nullable;
import org.occ4j.Tag;

/**
 * One tag as its entries see it. Entries hold their nodes strongly, the directory holds them
 * weakly, so a tag that no entry carries any more leaves with the garbage.
 *
 * <p>States: live, marked (any number of times), dead. Dead is final; a tag that is used again gets
 * a new node.
 */
final class TagNode {
  private static final AtomicLongFieldUpdater<TagNode> MARK =
      AtomicLongFieldUpdater.newUpdater(TagNode.class, "markedAt");

  private final Tag tag;
  private final int hash;
  private @Nullable Reference<TagNode> reference;
  private volatile boolean dead;
  private volatile long markedAt;
  private volatile long markedNanos;

  TagNode(Tag tag) {
    this.tag = tag;
    this.hash = InvalidationSlots.tagHash(tag);
  }

  Tag tag() {
    return tag;
  }

  /** What the tag is among the {@link InvalidationSlots}. */
  int hash() {
    return hash;
  }

  /** By which the directory knows this node; null if it never did. */
  @Nullable Reference<TagNode> reference() {
    return reference;
  }

  /** Set once, before the node is put into the directory. */
  void reference(Reference<TagNode> known) {
    reference = known;
  }

  boolean isDead() {
    return dead;
  }

  void kill() {
    dead = true;
  }

  /** Makes stale every entry whose load began before {@code version}. */
  void mark(long version, long nanos) {
    // The time first: whoever sees the version must find a time that is not older than the mark.
    markedNanos = nanos;
    MARK.accumulateAndGet(this, version, Math::max);
  }

  /** The version of the latest mark, or 0. */
  long markedAt() {
    return markedAt;
  }

  /** The ticker's reading at the latest mark; means nothing where {@link #markedAt} is 0. */
  long markedNanos() {
    return markedNanos;
  }
}
