/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.change;

import java.util.Collections;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.occ4j.Tag;

/**
 * One committed change: a write, a delete, or an invalidation of tags without a write.
 *
 * @param token its place in the feed
 * @param source the name of the store, or of the cache, that it concerns
 * @param kind what happened
 * @param key the key's text ({@link org.occ4j.KeyCodec#text}), or null if only tags are concerned
 * @param version the version written or deleted, or 0 if only tags are concerned
 * @param updatedBy who did it, or null if the writer did not say
 * @param tags the tags that the writer gave, without their ancestors; see {@link #allTags}
 */
public record Change(
    ChangeToken token,
    String source,
    Kind kind,
    @Nullable String key,
    long version,
    @Nullable String updatedBy,
    Set<Tag> tags) {

  /** What happened. */
  public enum Kind {
    /** A key was created or updated. */
    PUT,
    /** A key was deleted. */
    DELETE,
    /** Cached values with these tags, or of this key, are void as of now. */
    INVALIDATE,
    /** Cached values with these tags may still be served while they are refreshed. */
    MARK_STALE
  }

  /** Copies the tags; refuses nulls. */
  public Change {
    Objects.requireNonNull(token, "token");
    Objects.requireNonNull(source, "source");
    Objects.requireNonNull(kind, "kind");
    tags = Set.copyOf(tags);
  }

  /**
   * The writer's tags, and for a write or delete those that it carries by itself: the tag of its
   * key ({@link Tag#ofKey}) and that of all keys of its store ({@link Tag#ofAll}). They follow from
   * source and key, so that no writer can forget them and no row has to hold them.
   */
  public Set<Tag> allTags() {
    if (key == null || (kind != Kind.PUT && kind != Kind.DELETE)) {
      return tags;
    }
    Set<Tag> all = new HashSet<>(tags);
    all.add(Tag.ofKey(source, key));
    all.add(Tag.ofAll(source));
    return Collections.unmodifiableSet(all);
  }
}
