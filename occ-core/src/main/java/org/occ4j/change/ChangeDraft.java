/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.change;

import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.occ4j.Tag;

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

  /** Everything under these tags is no longer what it was. */
  public static ChangeDraft invalidate(String source, Set<Tag> tags) {
    return new ChangeDraft(source, Change.Kind.INVALIDATE, null, 0, null, tags);
  }

  /** What is cached of one key is no longer what it was. */
  public static ChangeDraft invalidate(String source, String key) {
    return new ChangeDraft(
        source, Change.Kind.INVALIDATE, Objects.requireNonNull(key, "key"), 0, null, Set.of());
  }

  /** A key has a new state of this version. */
  public static ChangeDraft put(String source, String key, long version) {
    return new ChangeDraft(
        source, Change.Kind.PUT, Objects.requireNonNull(key, "key"), version, null, Set.of());
  }

  /** The state of this version, which a key had, is deleted. */
  public static ChangeDraft delete(String source, String key, long version) {
    return new ChangeDraft(
        source, Change.Kind.DELETE, Objects.requireNonNull(key, "key"), version, null, Set.of());
  }

  /** The same, written by this user. */
  public ChangeDraft by(String user) {
    return new ChangeDraft(source, kind, key, version, Objects.requireNonNull(user, "user"), tags);
  }

  /** The same under these tags. */
  public ChangeDraft tagged(Set<Tag> newTags) {
    return new ChangeDraft(source, kind, key, version, updatedBy, newTags);
  }

  /** The change at this place of the feed. */
  public Change at(ChangeToken token) {
    return new Change(token, source, kind, key, version, updatedBy, tags);
  }
}
