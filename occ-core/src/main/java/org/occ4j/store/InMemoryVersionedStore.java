/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.store;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.OccException;
import org.occ4j.RetryPolicy;
import org.occ4j.Tag;
import org.occ4j.Versioned;
import org.occ4j.change.Change;
import org.occ4j.change.Subscription;
import org.occ4j.change.internal.SequencedLog;
import org.occ4j.store.internal.ByteKeys;
import org.occ4j.store.internal.DistinctKeys;
import org.occ4j.store.internal.Keys;
import org.occ4j.store.internal.UpdateLoop;
import org.occ4j.store.internal.Writers;

/**
 * A store whose states are objects in cells; see {@link Cell} for how one key is written, {@link
 * MultiCas} for several at once, {@link CellTable} for creation and deletion.
 *
 * <p>No method but the short making and removing of a cell takes a lock, and none runs code of the
 * application under one. A loop that tries again does so because another thread's write succeeded.
 */
final class InMemoryVersionedStore<K, V> implements VersionedStore<K, V> {
  private final String name;
  private final Keys<K> keys;
  private final CellTable<K, V> table;
  private final Committer<K> line;
  private final VersionAssigner states;
  private final SnapshotReader<K, V> snapshots;
  private final @Nullable String updatedBy;
  private final Set<Tag> tags;

  InMemoryVersionedStore(
      String name, Keys<K> keys, @Nullable SequencedLog log, @Nullable InstantSource clock) {
    this.name = name;
    this.keys = keys;
    this.table = new CellTable<>(keys);
    this.line = new Committer<>(name, keys, log);
    this.states = new VersionAssigner(clock);
    this.snapshots = new SnapshotReader<>(table, keys);
    this.updatedBy = null;
    this.tags = Set.of();
  }

  private InMemoryVersionedStore(
      InMemoryVersionedStore<K, V> base, @Nullable String updatedBy, Set<Tag> tags) {
    this.name = base.name;
    this.keys = base.keys;
    this.table = base.table;
    this.line = base.line;
    this.states = base.states;
    this.snapshots = base.snapshots;
    this.updatedBy = updatedBy;
    this.tags = Set.copyOf(tags);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public KeyCodec<K> keyCodec() {
    return keys.codec();
  }

  @Override
  public Optional<Versioned<V>> get(K key) {
    Cell<K, V> cell = table.find(key);
    if (cell == null) {
      keys.encode(key); // refuses a key that could never have a state
      return Optional.empty();
    }
    return Optional.ofNullable(cell.read());
  }

  @Override
  public Map<K, Versioned<V>> getAll(Collection<? extends K> wanted) {
    return snapshots.read(wanted);
  }

  @Override
  public WriteResult<V> put(K key, V value, Expected expected) {
    Objects.requireNonNull(value, "value");
    Objects.requireNonNull(expected, "expected");
    String text = line.textOf(key);
    while (true) {
      Cell<K, V> cell = cellFor(key, expected);
      if (cell == null) {
        return new WriteResult.Conflict<>(expected, null);
      }
      Object seen = cell.settle();
      if (seen == Cell.DEAD) {
        table.remove(cell);
        continue;
      }
      Versioned<V> current = Cell.stateIn(seen);
      if (!expected.holdsFor(current)) {
        return new WriteResult.Conflict<>(expected, current);
      }
      Versioned<V> next = next(key, current, value);
      WriteResult<V> applied = line.commit(cell, seen, next, text, next.version(), updatedBy, tags);
      if (applied != null) {
        return applied;
      }
    }
  }

  /** The key's cell; made for a key without one if the expectation allows its creation. */
  private @Nullable Cell<K, V> cellFor(K key, Expected expected) {
    Cell<K, V> cell = table.find(key);
    if (cell != null) {
      return cell;
    }
    if (expected.holdsFor(null)) {
      return table.findOrMake(key);
    }
    keys.encode(key);
    return null;
  }

  private Versioned<V> next(K key, @Nullable Versioned<V> current, V value) {
    return current == null
        ? states.first(value, table.floor(key), updatedBy)
        : states.after(current, value, updatedBy);
  }

  @Override
  public WriteResult<V> delete(K key, Expected expected) {
    Objects.requireNonNull(expected, "expected");
    String text = line.textOf(key);
    while (true) {
      Cell<K, V> cell = table.find(key);
      if (cell == null) {
        keys.encode(key);
        return absent(expected);
      }
      Object seen = cell.settle();
      Versioned<V> current = Cell.stateIn(seen);
      if (current == null) {
        return absent(expected);
      }
      if (!expected.holdsFor(current)) {
        return new WriteResult.Conflict<>(expected, current);
      }
      table.raiseFloor(key, current);
      WriteResult<V> applied =
          line.commit(cell, seen, null, text, current.version(), updatedBy, tags);
      if (applied != null) {
        table.remove(cell);
        return applied;
      }
    }
  }

  private WriteResult<V> absent(Expected expected) {
    return expected.holdsFor(null)
        ? new WriteResult.Applied<>(null)
        : new WriteResult.Conflict<>(expected, null);
  }

  @Override
  public WriteResult<V> update(K key, UnaryOperator<V> edit, RetryPolicy retry) {
    return UpdateLoop.run(this, key, edit, retry);
  }

  @Override
  public BatchResult<K, V> writeAll(List<Write<K, V>> independent) {
    List<Write<K, V>> writes = List.copyOf(independent);
    DistinctKeys.require(writes, this::writable);
    return new BatchResult<>(writes.stream().map(this::item).toList());
  }

  private K writable(K key) {
    if (table.find(key) == null) {
      keys.encode(key);
    }
    return key;
  }

  private BatchResult.Item<K, V> item(Write<K, V> write) {
    try {
      return new BatchResult.Item<>(write, apply(write), null);
    } catch (OccException failure) {
      return new BatchResult.Item<>(write, null, failure);
    }
  }

  private WriteResult<V> apply(Write<K, V> write) {
    return write instanceof Write.Put<K, V> put
        ? put(put.key(), put.value(), put.expected())
        : delete(write.key(), write.expected());
  }

  @Override
  public CommitResult<K, V> commit(Commit<K, V> atomic) {
    while (true) {
      CommitAttempt<K, V> attempt =
          new CommitAttempt<>(table, line, states, updatedBy, tags, atomic);
      CommitResult<K, V> result = attempt.run();
      if (result != null) {
        return result;
      }
    }
  }

  @Override
  public Page<K, V> scan(Scan<K> scan) {
    byte[] after = scan.after() == null ? null : keys.encode(scan.after());
    byte[] through = scan.through() == null ? null : keys.encode(scan.through());
    byte[] prefix = keys.prefix(scan.leading());
    List<Page.Entry<K, V>> entries = new ArrayList<>();
    for (Cell<K, V> cell : table.walk(prefix, after, through)) {
      if (!ByteKeys.startsWith(cell.bytes, prefix)) {
        break;
      }
      Versioned<V> state = cell.read();
      if (state == null) {
        continue;
      }
      if (entries.size() == scan.limit()) {
        return new Page<>(entries, scan.after(entries.get(entries.size() - 1).key()));
      }
      entries.add(new Page.Entry<>(cell.key, state));
    }
    return new Page<>(entries, null);
  }

  @Override
  public Subscription watch(Consumer<? super Change> follower) {
    return line.watch(Objects.requireNonNull(follower, "follower"));
  }

  @Override
  public VersionedStore<K, V> by(String updatedBy) {
    return new InMemoryVersionedStore<>(this, Writers.require(updatedBy), tags);
  }

  @Override
  public VersionedStore<K, V> tagging(Set<Tag> tags) {
    if (!tags.isEmpty() && !line.isRecorded()) {
      throw new IllegalStateException("store " + name + " records no changes to carry tags");
    }
    return new InMemoryVersionedStore<>(this, updatedBy, tags);
  }

  /** For tests that count what is left behind. */
  CellTable<K, V> table() {
    return table;
  }

  @Override
  public String toString() {
    return "VersionedStore[" + name + ", in memory]";
  }
}
