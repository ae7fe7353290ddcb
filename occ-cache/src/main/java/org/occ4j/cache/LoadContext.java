/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import java.time.Duration;
import java.util.Optional;
import org.occ4j.Tag;

/**
 * What a loader tells the cache about the value it reads, and what the cache tells the loader.
 *
 * <p>It belongs to one load: use it on the loader's thread and not after the loader returned.
 *
 * @param <V> the values
 */
public interface LoadContext<V> {

  /**
   * Puts the value under these tags and their ancestors, in addition to those named before. Tags
   * may depend on what was read.
   */
  LoadContext<V> tag(Tag... tags);

  /**
   * Gives this value a time to live of its own, counted from the beginning of the load, instead of
   * the cache's window. For a null value it replaces the cache's {@code negativeTtl}.
   *
   * @throws IllegalArgumentException if it is not positive
   */
  LoadContext<V> expireAfter(Duration timeToLive);

  /** Hands the value to those who wait for it and keeps it not. */
  LoadContext<V> doNotCache();

  /**
   * Says that the value comes from a snapshot taken at {@code point}, before this load began: what
   * was invalidated since is then not kept. Use it when the loader reads within a transaction that
   * is older than the load.
   *
   * @throws IllegalArgumentException if {@code point} is of another cache
   */
  LoadContext<V> asOf(ReadPoint point);

  /**
   * The value that this load is to replace, if there is one that was not hard-invalidated: expired,
   * marked as stale, or due for a refresh. It may be compared with the source (an entity tag, a
   * version) to save reading it anew.
   */
  Optional<V> staleValue();

  /**
   * Says that {@link #staleValue} is still what the source holds: return what this returns, and the
   * value is kept under its old tags and any named in this load, as if loaded now.
   *
   * @throws IllegalStateException if there is no stale value
   */
  V notModified();

  /** The moment at which this load began. */
  ReadPoint readPoint();
}
