/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.occ4j.Tag;

/** What one load has said so far. */
final class LoadRecord<V> implements LoadContext<V> {
  private final Coherence coherence;
  private final String cacheName;
  private final ReadPoint begin;
  private final @Nullable Entry<V> offered;
  private final Set<Tag> tags = new LinkedHashSet<>();
  private ReadPoint source;
  private long timeToLive;
  private boolean cacheable = true;

  LoadRecord(Coherence coherence, String cacheName, ReadPoint begin, @Nullable Entry<V> replaced) {
    this.coherence = coherence;
    this.cacheName = cacheName;
    this.begin = begin;
    this.source = begin;
    // Looked at once, after the begin was read. What is invalidated later is caught when the
    // value is to be kept, for notModified() carries the old tags over.
    this.offered =
        replaced == null || coherence.validity(replaced) == Coherence.Validity.VOID
            ? null
            : replaced;
  }

  @Override
  public LoadContext<V> tag(Tag... tags) {
    this.tags.addAll(List.of(tags));
    return this;
  }

  @Override
  public LoadContext<V> expireAfter(Duration timeToLive) {
    this.timeToLive = TaggedCacheBuilder.nanos(timeToLive, "time to live");
    return this;
  }

  @Override
  public LoadContext<V> doNotCache() {
    cacheable = false;
    return this;
  }

  @Override
  public LoadContext<V> asOf(ReadPoint point) {
    if (point.stampFor(coherence, cacheName) < source.stampFor(coherence, cacheName)) {
      source = point;
    }
    return this;
  }

  @Override
  public Optional<V> staleValue() {
    return Optional.ofNullable(offered == null ? null : offered.value());
  }

  @Override
  public V notModified() {
    V value =
        staleValue()
            .orElseThrow(() -> new IllegalStateException("there is no stale value to be kept"));
    for (TagNode node : Objects.requireNonNull(offered).nodes()) {
      tags.add(node.tag());
    }
    return value;
  }

  @Override
  public ReadPoint readPoint() {
    return begin;
  }

  Set<Tag> tags() {
    return tags;
  }

  /** Whether the value is to be kept under no tag. */
  boolean isUntagged() {
    return cacheable && tags.isEmpty();
  }

  /** The moment that the value is as old as: the load's begin, or the snapshot it came from. */
  ReadPoint source() {
    return source;
  }

  /** The time to live that the loader gave, or 0. */
  long timeToLive() {
    return timeToLive;
  }

  boolean isCacheable() {
    return cacheable;
  }
}
