/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.store;

import java.time.InstantSource;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.occ4j.KeyCodec;
import org.occ4j.Ticker;
import org.occ4j.change.ChangeLog;
import org.occ4j.change.internal.SequencedLog;
import org.occ4j.store.internal.Keys;
import org.occ4j.store.internal.StoreRecorder;

/**
 * The settings of a store in memory. Not thread-safe; what it builds is.
 *
 * <p>Keys must have {@code equals} and {@code hashCode} that agree with the codec: two are equal
 * exactly when their bytes are.
 *
 * @param <K> the keys
 * @param <V> the values
 */
public final class InMemoryStoreBuilder<K, V> {
  private final String name;
  private final Keys<K> keys;
  private @Nullable SequencedLog log;
  private @Nullable InstantSource clock;
  private boolean recordsStats;

  InMemoryStoreBuilder(String name, KeyCodec<K> keys) {
    this.name = Objects.requireNonNull(name, "name");
    if (name.isEmpty()) {
      throw new IllegalArgumentException("a store needs a name");
    }
    this.keys = new Keys<>(keys);
  }

  /**
   * Records every write in this log, in the order of the commits. Writes of all stores of one log
   * then take turns for the moment of the commit; reads do not. Default: none, and no such cost.
   *
   * @throws IllegalArgumentException if the log was not made by {@link
   *     org.occ4j.change.ChangeFeed#inMemory} or its builder: no other can be ordered by the
   *     commits of a store in memory
   */
  public InMemoryStoreBuilder<K, V> changes(ChangeLog log) {
    Objects.requireNonNull(log, "log");
    if (!(log instanceof SequencedLog sequenced)) {
      throw new IllegalArgumentException(
          "a store in memory records its changes in a feed in memory, not in " + log);
    }
    this.log = sequenced;
    return this;
  }

  /**
   * Takes each version from this clock: it is the greater of the last version plus one and the
   * microseconds since the epoch, and {@link org.occ4j.Versioned#updatedAt} is the same number as
   * an instant. Default: no clock; versions count on from the moment at which a key was created,
   * and {@code updatedAt} is null, because reading the clock costs as much as the write itself.
   */
  public InMemoryStoreBuilder<K, V> clock(InstantSource clock) {
    this.clock = Objects.requireNonNull(clock, "clock");
    return this;
  }

  /**
   * Counts and times what is done on the store, for {@link VersionedStore#stats}. Default: no,
   * because a write takes some hundred nanoseconds, of which two looks at the clock and a counter
   * would be a good part.
   */
  public InMemoryStoreBuilder<K, V> recordStats() {
    recordsStats = true;
    return this;
  }

  /** A store of its own, empty. */
  public VersionedStore<K, V> build() {
    VersionedStore<K, V> store = new InMemoryVersionedStore<>(name, keys, log, clock);
    return recordsStats ? new CountedStore<>(store, new StoreRecorder(Ticker.system())) : store;
  }
}
