/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.occ4j.Tag;

/**
 * A cached value, or a known absence, with all that decides whether it may be served.
 *
 * <p>The mutable fields are hints that are checked against something ordered, or times whose last
 * writer may win; opaque access is enough for them and keeps a hit as cheap as a plain read.
 */
@SuppressWarnings("UnusedVariable") // two fields are read through their handles
final class Entry<V> {
  /** A {@link #validatedAt} before every epoch. */
  private static final long NEVER = -1;

  private static final VarHandle VALIDATED_AT;
  private static final VarHandle LAST_READ;
  private static final VarHandle SAMPLED_AT;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      VALIDATED_AT = lookup.findVarHandle(Entry.class, "validatedAt", long.class);
      LAST_READ = lookup.findVarHandle(Entry.class, "lastRead", long.class);
      SAMPLED_AT = lookup.findVarHandle(Entry.class, "sampledAt", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final @Nullable V value;
  private final TagNode[] nodes;
  private final long stripes;
  private final long stamp;
  private final long expiresAt;
  private final long dueAt;
  private final int weight;
  private long validatedAt = NEVER;
  private long lastRead;
  private long sampledAt;
  private volatile boolean discarded;
  private volatile boolean stale;
  private volatile long staleSince;
  private volatile long retryAt;
  private volatile int failures;

  /**
   * An entry.
   *
   * @param stamp the clock's reading before the value was read
   * @param loadedAt the ticker's reading at that moment
   * @param sampledAt that of the {@link ReadSampler}
   * @param expiresAt the ticker's reading at which its time is over
   * @param refreshAt the one at which a read should have it refreshed
   */
  Entry(
      @Nullable V value,
      TagNode[] nodes,
      int weight,
      long stamp,
      long loadedAt,
      long sampledAt,
      long expiresAt,
      long refreshAt) {
    this.value = value;
    this.nodes = nodes;
    this.stripes = TagStripes.of(nodes);
    this.weight = weight;
    this.stamp = stamp;
    this.expiresAt = expiresAt;
    this.dueAt = refreshAt - expiresAt < 0 ? refreshAt : expiresAt;
    this.lastRead = loadedAt;
    this.sampledAt = sampledAt;
  }

  @Nullable V value() {
    return value;
  }

  TagNode[] nodes() {
    return nodes;
  }

  /** The {@link TagStripes} of its nodes. */
  long stripes() {
    return stripes;
  }

  /** Whether one of these tags, or what lies under it, was given to it. */
  boolean isUnder(Set<Tag> tags) {
    for (TagNode node : nodes) {
      if (tags.contains(node.tag())) {
        return true;
      }
    }
    return false;
  }

  int weight() {
    return weight;
  }

  long stamp() {
    return stamp;
  }

  long expiresAt() {
    return expiresAt;
  }

  /** The epoch before the last check that found it current. */
  long validatedAt() {
    return (long) VALIDATED_AT.getOpaque(this);
  }

  void validatedAt(long epoch) {
    VALIDATED_AT.setOpaque(this, epoch);
  }

  /** Up to this time a read need not look closer: neither expired nor due for a refresh. */
  long dueAt() {
    return dueAt;
  }

  long lastRead() {
    return (long) LAST_READ.getOpaque(this);
  }

  void lastRead(long nanos) {
    LAST_READ.setOpaque(this, nanos);
  }

  /** The {@link ReadSampler}'s clock when Caffeine last heard of a read. */
  long sampledAt() {
    return (long) SAMPLED_AT.getOpaque(this);
  }

  void sampledAt(long clock) {
    SAMPLED_AT.setOpaque(this, clock);
  }

  /** Makes it void, whatever its tags say. */
  void discard() {
    discarded = true;
  }

  boolean isDiscarded() {
    return discarded;
  }

  /** Notes since when it is stale; the first note stands, so that marks cannot prolong its life. */
  long staleSince(long nanos) {
    if (!stale) {
      staleSince = nanos;
      stale = true;
    }
    return staleSince;
  }

  /** Puts off the next attempt to replace it: the pause doubles with every failure in a row. */
  void loadFailed(long now, long firstPauseNanos, int maximumDoublings) {
    int earlier = failures;
    retryAt = now + (firstPauseNanos << Math.min(earlier, maximumDoublings));
    failures = earlier + 1;
  }

  /** Whether the last attempt to replace it failed so recently that the next must wait. */
  boolean isBackingOff(long now) {
    return failures > 0 && now - retryAt < 0;
  }
}
