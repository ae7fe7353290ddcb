/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.occ4j.KeyCodec;
import org.occ4j.OccException;
import org.occ4j.Tag;
import org.occ4j.Ticker;
import org.occ4j.change.Change;
import org.occ4j.change.ChangeDraft;
import org.occ4j.change.ChangeFeed;
import org.occ4j.change.ChangeFollower;
import org.occ4j.change.ChangeLog;
import org.occ4j.change.ChangeToken;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where invalidations come from and where they go: asked for by the application, told by a feed,
 * applied to the entries here.
 *
 * <p>With a log to write to, what the application asks for is published and comes back through the
 * feed on the same thread, before {@code publish} returns; it is applied then, and only then.
 */
final class Invalidations<K, V> implements ChangeFollower {
  private static final Logger log = LoggerFactory.getLogger(Invalidations.class);

  private final String cacheName;
  private final Coherence coherence;
  private final EntryTable<K, V> entries;
  private final FeedLiveness liveness;
  private final Counters counters;
  private final Ticker ticker;
  private final @Nullable ChangeFeed feed;
  private final @Nullable KeyCodec<K> keyCodec;
  private final UUID incarnation = UUID.randomUUID();
  private final AtomicLong flushes = new AtomicLong();
  private final AtomicReference<@Nullable String> lastFlush = new AtomicReference<>();

  Invalidations(
      CacheSettings<K, V> settings,
      Coherence coherence,
      EntryTable<K, V> entries,
      FeedLiveness liveness,
      Counters counters) {
    this.cacheName = settings.name;
    this.coherence = coherence;
    this.entries = entries;
    this.liveness = liveness;
    this.counters = counters;
    this.ticker = settings.ticker;
    this.feed = settings.feed;
    this.keyCodec = settings.keyCodec;
  }

  ChangeToken askTags(Change.Kind kind, Set<Tag> tags) {
    if (tags.isEmpty()) {
      return localToken();
    }
    return publish(kind, null, tags, () -> applyTags(kind, tags, tags.size()));
  }

  ChangeToken askKey(K key) {
    if (keyCodec == null) {
      applyKey(key);
      return localToken();
    }
    return publish(Change.Kind.INVALIDATE, keyCodec.text(key), Set.of(), () -> applyKey(key));
  }

  ChangeToken askAll() {
    return publish(Change.Kind.INVALIDATE, null, Set.of(), this::applyAll);
  }

  private ChangeToken publish(
      Change.Kind kind, @Nullable String key, Set<Tag> tags, Runnable apply) {
    if (!(feed instanceof ChangeLog writable)) {
      apply.run();
      return localToken();
    }
    try {
      return writable.publish(new ChangeDraft(cacheName, kind, key, 0, null, tags));
    } catch (OccException e) {
      // Whether others will hear of it is not known; here it must hold all the same.
      apply.run();
      throw e;
    }
  }

  /** A token for what reached this cache only; it is applied already. */
  private ChangeToken localToken() {
    return new ChangeToken(incarnation, coherence.now());
  }

  boolean awaitApplied(ChangeToken token, Duration timeout) throws InterruptedException {
    if (timeout.isNegative()) {
      throw new IllegalArgumentException("timeout must not be negative: " + timeout);
    }
    if (token.incarnation().equals(incarnation) || feed == null) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      return token.incarnation().equals(incarnation) && token.position() <= coherence.now();
    }
    return feed.awaitApplied(token, timeout);
  }

  @Override
  public void changed(Change change) {
    Set<Tag> tags = change.allTags();
    if (!tags.isEmpty()) {
      applyTags(change.kind(), tags, Math.max(1, change.tags().size()));
    }
    if (change.kind() == Change.Kind.INVALIDATE && change.source().equals(cacheName)) {
      applyToThisCache(change);
    }
  }

  private void applyToThisCache(Change change) {
    if (change.key() == null) {
      if (change.tags().isEmpty()) {
        applyAll();
      }
    } else if (keyCodec == null) {
      flush("a key was invalidated, and this cache has no codec to read it");
    } else {
      applyKeyNamed(change.key(), keyCodec);
    }
  }

  private void applyKeyNamed(String name, KeyCodec<K> codec) {
    K key;
    try {
      key = codec.parse(name);
    } catch (RuntimeException e) {
      // It may be any of ours, written by a node whose codec is another one.
      flush("a key was invalidated that this cache's codec cannot read: " + e);
      return;
    }
    applyKey(key);
  }

  private void applyTags(Change.Kind kind, Set<Tag> tags, int counted) {
    InvalidationEvent.record(cacheName, tags, kind != Change.Kind.MARK_STALE);
    if (kind == Change.Kind.MARK_STALE) {
      coherence.mark(tags, ticker.nanos());
      counters.marks.add(counted);
    } else {
      coherence.invalidate(tags);
      counters.invalidations.add(counted);
    }
  }

  private void applyKey(K key) {
    InvalidationEvent.record(cacheName, key, true);
    coherence.invalidateKey(key, () -> entries.discard(key));
    counters.invalidations.increment();
  }

  private void applyAll() {
    InvalidationEvent.record(cacheName, "everything", true);
    coherence.invalidateAll();
    counters.invalidations.increment();
  }

  @Override
  public void missed(String reason) {
    flush(reason);
  }

  private void flush(String reason) {
    lastFlush.set(reason);
    long count = flushes.incrementAndGet(); // First: whoever misses a value finds the reason.
    applyAll();
    log.warn("Cache {} dropped everything ({} times so far): {}", cacheName, count, reason);
  }

  @Override
  public void caughtUp(long asOfNanos) {
    liveness.caughtUp(asOfNanos);
  }

  CacheHealth health(boolean closed) {
    long now = ticker.nanos();
    return new CacheHealth(
        state(closed, now),
        liveness.isWatched() ? Duration.ofNanos(liveness.lag(now)) : null,
        flushes.get(),
        lastFlush.get());
  }

  private CacheHealth.State state(boolean closed, long now) {
    if (closed) {
      return CacheHealth.State.CLOSED;
    }
    if (feed == null) {
      return CacheHealth.State.ALONE;
    }
    return liveness.holds(now) ? CacheHealth.State.FOLLOWING : CacheHealth.State.LOST_CONTACT;
  }
}
