/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

/**
 * A moment in the life of one cache, taken before a value is read from its source.
 *
 * <p>A value put with it is refused if it was invalidated in between. It is opaque, immutable,
 * small, and means something only to the cache that made it; it does not expire.
 */
public final class ReadPoint {
  private final Object owner;
  private final long stamp;
  private final long nanos;

  ReadPoint(Object owner, long stamp, long nanos) {
    this.owner = owner;
    this.stamp = stamp;
    this.nanos = nanos;
  }

  /** The ticker's reading; a value is as old as its read point. */
  long nanos() {
    return nanos;
  }

  /** The clock's reading, for the cache that made it and for no other. */
  long stampFor(Object cache, String name) {
    if (owner != cache) {
      throw new IllegalArgumentException("the read point was not taken from cache " + name);
    }
    return stamp;
  }

  @Override
  public String toString() {
    return "ReadPoint[" + stamp + "]";
  }
}
