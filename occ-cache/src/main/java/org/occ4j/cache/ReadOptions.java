/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.occ4j.Tag;
import org.occ4j.change.ChangeToken;

/**
 * What a read asks for beyond the cache's own promises. Immutable.
 *
 * @param atLeast a place in the feed that the answer must not be older than, or null
 * @param pending tags that the caller's own open transaction has invalidated
 */
public record ReadOptions(@Nullable ChangeToken atLeast, Set<Tag> pending) {

  private static final ReadOptions NONE = new ReadOptions(null, Set.of());

  /** Copies the tags and refuses null ones. */
  public ReadOptions {
    pending = Set.copyOf(pending);
  }

  /** Nothing beyond the cache's own promises. */
  public static ReadOptions none() {
    return NONE;
  }

  /**
   * The answer shows everything that {@code token} covers, on whichever node that was written: what
   * is in memory is served only once everything up to it was applied here, else the value is
   * loaded.
   */
  public static ReadOptions atLeast(ChangeToken token) {
    return new ReadOptions(Objects.requireNonNull(token, "token"), Set.of());
  }

  /**
   * The read belongs to a transaction that has invalidated these tags and is not committed. What
   * lies under one of them in memory is not served. Whatever has to be loaded is handed to the
   * caller alone and not kept, for it may show what will be rolled back.
   */
  public static ReadOptions pending(Set<Tag> tags) {
    return new ReadOptions(null, tags);
  }
}
