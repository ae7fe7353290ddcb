/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.occ4j.Tag;

/**
 * The protocol by which invalidations reach entries and loads: a clock of invalidations, a node for
 * each tag that entries carry, an epoch that tells readers when to look at their nodes again, and a
 * table of fixed size for the tags that none carries yet.
 *
 * <p>docs/design/tagged-cache.md argues it step by step; the invariants are
 *
 * <ul>
 *   <li><b>COHERENCE-1 stamp before load.</b> A value's stamp is a reading of the clock from before
 *       its source was read.
 *   <li><b>COHERENCE-2 kill, move the epoch, then remove.</b> A node leaves the directory only when
 *       it is dead and no reader can take it for alive any more, or collected because no entry has
 *       it. If a tag has no node, no entry carrying that tag can be served.
 *   <li><b>COHERENCE-3 the epoch follows the kill.</b> It moves, and the node's stripe is raised to
 *       it, when the node is dead or marked. A reader reads the epoch before it looks at the nodes
 *       and remembers that; so what it remembers is below the epoch of every kill it may have
 *       missed.
 *   <li><b>COHERENCE-4 register, then look.</b> The slots are read after the nodes were registered
 *       (and under the map's lock for the key), so that an invalidator finds the node or the loader
 *       finds the version.
 *   <li><b>COHERENCE-5 leave, then look.</b> What a load tells its waiters about invalidations was
 *       read after nobody could join it any more.
 *   <li><b>COHERENCE-6 compare with the load.</b> A waiter takes a value whose load began after it
 *       asked, or was not invalidated since it began; when the waiter came has no part in the
 *       second.
 *   <li><b>COHERENCE-7 give way.</b> A load waits for nothing but loads that have begun. One that
 *       has not, for want of a turn or a thread, is given up for a load of the load's own.
 * </ul>
 *
 * <p>The steps are methods of their own so that tests can break one at a time.
 */
class Coherence {
  private static final TagNode[] NO_NODES = {};

  /** What the protocol has to say about an entry. */
  enum Validity {
    /** Nothing was invalidated or marked since its load began. */
    CURRENT,
    /** A tag was marked as stale since. */
    STALE,
    /** It was hard-invalidated since. */
    VOID
  }

  private final AtomicLong clock = new AtomicLong();
  private final AtomicLong epoch = new AtomicLong();
  private final AtomicLong floor = new AtomicLong();
  private final TagStripes stripes = new TagStripes();
  private final InvalidationSlots slots = new InvalidationSlots();
  private final TagNodes directory = new TagNodes();

  /** The present reading of the clock. */
  final long now() {
    return clock.get();
  }

  /**
   * COHERENCE-1. What a value's stamp is: when its load began, or when the snapshot it came from
   * did.
   */
  long stamp(ReadPoint source, String cacheName) {
    return source.stampFor(this, cacheName);
  }

  /**
   * Whether nothing can have happened to this entry since it was last checked: the epoch did not
   * move at all, or with tags of other stripes only.
   */
  final boolean isValidated(Entry<?> entry) {
    long validatedAt = entry.validatedAt();
    return !isDropped(entry)
        && (validatedAt == epoch.get() || stripes.areQuietSince(entry.stripes(), validatedAt));
  }

  /** What may have happened to an entry; looks at its nodes only if that is not known. */
  final Validity validity(Entry<?> entry) {
    return isValidated(entry) ? Validity.CURRENT : look(entry);
  }

  /** Finds out what may have happened to an entry, and remembers it if that is nothing. */
  Validity look(Entry<?> entry) {
    // COHERENCE-3: read before the checks. What is killed during them moves the epoch past it.
    long seen = presentEpoch();
    Validity validity = check(entry);
    if (validity == Validity.CURRENT) {
      entry.validatedAt(seen);
    }
    return validity;
  }

  final long presentEpoch() {
    return epoch.get();
  }

  /** Looks at everything that may have happened to an entry. */
  final Validity check(Entry<?> entry) {
    if (isDropped(entry)) {
      return Validity.VOID;
    }
    boolean marked = false;
    for (TagNode node : entry.nodes()) {
      if (node.isDead()) {
        return Validity.VOID;
      }
      marked |= node.markedAt() > entry.stamp();
    }
    return marked ? Validity.STALE : Validity.CURRENT;
  }

  /** Whether it was made void by its key, or with everything else; its nodes are not asked. */
  private boolean isDropped(Entry<?> entry) {
    return entry.isDiscarded() || floor.get() > entry.stamp();
  }

  /** Makes void all entries and loads under these tags. */
  final void invalidate(Collection<Tag> tags) {
    long version = clock.incrementAndGet();
    for (Tag tag : tags) {
      slots.raise(InvalidationSlots.tagHash(tag), version);
      TagNode node = directory.find(tag);
      if (node != null) {
        retire(node);
      }
    }
  }

  /**
   * COHERENCE-2, and COHERENCE-3 for hard invalidations. If it left the directory earlier, a second
   * invalidator would find nothing and return while readers still take the node for alive.
   */
  void retire(TagNode node) {
    node.kill();
    beginEpoch(node);
    forget(node);
  }

  final void forget(TagNode node) {
    directory.remove(node);
  }

  /** COHERENCE-3. Without it a reader that checked before the kill is right for ever. */
  void beginEpoch(TagNode node) {
    raiseStripe(node, moveEpoch());
  }

  final long moveEpoch() {
    return epoch.incrementAndGet();
  }

  final void raiseStripe(TagNode node, long begun) {
    stripes.raise(node, begun);
  }

  /**
   * Makes stale all entries under these tags. The slots are raised too, so that a load that began
   * earlier is not kept as fresh; the node stays, so that a hard invalidation still finds it.
   */
  final void mark(Collection<Tag> tags, long nanos) {
    long version = clock.incrementAndGet();
    for (Tag tag : tags) {
      slots.raise(InvalidationSlots.tagHash(tag), version);
      TagNode node = directory.find(tag);
      if (node != null) {
        node.mark(version, nanos);
        beginEpoch(node);
      }
    }
  }

  /**
   * Makes void the entry and the loads of one key.
   *
   * @param discard removes the entry from the map, under the map's lock for the key (COHERENCE-4)
   */
  final void invalidateKey(Object key, Runnable discard) {
    long version = clock.incrementAndGet();
    slots.raise(InvalidationSlots.keyHash(key), version);
    discard.run();
  }

  /** Makes void everything. */
  final void invalidateAll() {
    raiseFloor(clock.incrementAndGet());
  }

  /** Makes void everything, for ever. */
  final void close() {
    raiseFloor(Long.MAX_VALUE);
  }

  private void raiseFloor(long version) {
    floor.accumulateAndGet(version, Math::max);
  }

  /** The live nodes of these tags and of their ancestors, through which entries are reached. */
  TagNode[] register(Collection<Tag> tags) {
    if (tags.isEmpty()) {
      return NO_NODES;
    }
    Set<Tag> closure = new LinkedHashSet<>(tags);
    tags.forEach(tag -> closure.addAll(tag.ancestors()));
    TagNode[] nodes = new TagNode[closure.size()];
    int i = 0;
    for (Tag tag : closure) {
      nodes[i++] = liveNode(tag);
    }
    return nodes;
  }

  private TagNode liveNode(Tag tag) {
    TagNode node = directory.intern(tag);
    while (node.isDead()) {
      // COHERENCE-2: not even a new node may take its place before the epoch has moved.
      retire(node);
      node = directory.intern(tag);
    }
    return node;
  }

  /** The version of the last invalidation that can concern this key with these tags. */
  long lastInvalidated(Object key, TagNode[] nodes) {
    long last = Math.max(floor.get(), slots.version(InvalidationSlots.keyHash(key)));
    for (TagNode node : nodes) {
      last = Math.max(last, slots.version(node.hash()));
    }
    return last;
  }

  /** Whether this key, or another on its slot, was invalidated after that stamp. */
  final boolean isKeyInvalidatedSince(Object key, long stamp) {
    return slots.version(InvalidationSlots.keyHash(key)) > stamp;
  }

  /**
   * Whether a value of that stamp was refused only because other names share slots with its own:
   * the price of a table of fixed size. By what is seen now, so roughly.
   */
  final boolean isRefusedForOthers(Object key, TagNode[] nodes, long stamp) {
    if (floor.get() > stamp || isInvalidated(InvalidationSlots.keyHash(key), stamp)) {
      return false;
    }
    for (TagNode node : nodes) {
      if (isInvalidated(node.hash(), stamp)) {
        return false;
      }
    }
    return true;
  }

  private boolean isInvalidated(int hash, long stamp) {
    return slots.version(hash) > stamp && slots.isRaisedBy(hash);
  }

  /**
   * COHERENCE-5. What waiters must know, read after the load was left by its door.
   *
   * @param atAdmission what {@link #lastInvalidated} said when the entry was to be kept
   */
  long lastInvalidatedForWaiters(Object key, TagNode[] nodes, long atAdmission) {
    return lastInvalidated(key, nodes);
  }

  /** COHERENCE-6. Whether one who asked at {@code arrival} may have the value of another's load. */
  boolean mayTake(long arrival, long start, long lastInvalidated) {
    return start >= arrival || lastInvalidated <= start;
  }

  /** Since when this entry is stale by what its nodes say; null if no mark concerns it. */
  final @Nullable Long markedNanos(Entry<?> entry) {
    Long earliest = null;
    for (TagNode node : entry.nodes()) {
      if (node.markedAt() > entry.stamp()
          && (earliest == null || node.markedNanos() - earliest < 0)) {
        earliest = node.markedNanos();
      }
    }
    return earliest;
  }

  final int liveTags() {
    return directory.size();
  }

  /**
   * COHERENCE-7. Whether this load, whose place a reader wants, was given up because it had not
   * begun.
   */
  boolean givesWay(InFlightLoad<?, ?> load) {
    return load.giveUp();
  }
}
