/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.change.internal;

import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.occ4j.Tag;
import org.occ4j.change.Change;
import org.occ4j.change.ChangeToken;

/**
 * A change that has no place in a feed yet; the components are those of {@link Change}.
 *
 * @param source the store or cache
 * @param kind what happens
 * @param key the key's text, or null
 * @param version the version written or deleted, or 0
 * @param updatedBy the writer, or null
 * @param tags the writer's tags
 */
public record ChangeDraft(
    String source,
    Change.Kind kind,
    @Nullable String key,
    long version,
    @Nullable String updatedBy,
    Set<Tag> tags) {

  /** Refuses nulls and copies the tags. */
  public ChangeDraft {
    Objects.requireNonNull(source, "source");
    Objects.requireNonNull(kind, "kind");
    tags = Set.copyOf(tags);
  }

  /** The change at this place of the feed. */
  public Change at(ChangeToken token) {
    return new Change(token, source, kind, key, version, updatedBy, tags);
  }
}
