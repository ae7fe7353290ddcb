/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.occ4j.Codec;
import org.occ4j.CodecException;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.OccException;
import org.occ4j.StoreUnavailableException;
import org.occ4j.Tag;
import org.occ4j.Timestamps;
import org.occ4j.Versioned;
import org.occ4j.change.Change;
import org.occ4j.change.Subscription;
import org.occ4j.change.internal.ChangeDraft;
import org.occ4j.store.BatchResult;
import org.occ4j.store.Commit;
import org.occ4j.store.CommitResult;
import org.occ4j.store.Page;
import org.occ4j.store.Scan;
import org.occ4j.store.VersionedStore;
import org.occ4j.store.Write;
import org.occ4j.store.WriteResult;
import org.occ4j.store.internal.DistinctKeys;
import org.occ4j.store.internal.Keys;

/**
 * A store in the library's own table; subclasses say in whose transaction it works.
 *
 * <p>A write is decided by its own statement (G1): the expectation is part of its condition. What
 * is there after a write that did nothing is read in the same transaction, with the row locked, so
 * that it is the state that made the write fail and not an older one of a snapshot.
 */
abstract class TableStore<K, V> implements VersionedStore<K, V> {

  /** Tries to create or change a row that others create and delete at the same time. */
  private static final int MAX_TRIES = 100;

  /** What the views of one store share. */
  record Parts<K, V>(
      String name,
      JdbcContext context,
      ChangeLogTable log,
      StoreRows rows,
      Keys<K> keys,
      Codec<V> codec,
      AtomicLong floor) {}

  /** How the writes of one view are marked. */
  record Marks(boolean recorded, @Nullable String updatedBy, Set<Tag> tags) {
    static final Marks NONE = new Marks(false, null, Set.of());

    Marks by(String writer) {
      return new Marks(recorded, writer, tags);
    }

    Marks tagging(Set<Tag> more) {
      return new Marks(recorded || !more.isEmpty(), updatedBy, Set.copyOf(more));
    }

    Marks recording(boolean record) {
      return new Marks(record, updatedBy, tags);
    }
  }

  final Parts<K, V> parts;
  final Marks marks;

  TableStore(Parts<K, V> parts, Marks marks) {
    this.parts = parts;
    this.marks = marks;
  }

  /** Runs reads. */
  abstract <T extends @Nullable Object> T reading(SqlWork<T, RuntimeException> work);

  /** Runs writes; the changes that they add are told after the commit. */
  abstract <T extends @Nullable Object, E extends Exception> T writing(Writing<T, E> work) throws E;

  /** Statements that write, and the changes that they appended. */
  interface Writing<T extends @Nullable Object, E extends Exception> {
    T run(Connection connection, List<Change> changes) throws SQLException, E;
  }

  @Override
  public String name() {
    return parts.name();
  }

  @Override
  public KeyCodec<K> keyCodec() {
    return parts.keys().codec();
  }

  @Override
  public Optional<Versioned<V>> get(K key) {
    byte[] bytes = parts.keys().encode(key);
    return reading(connection -> Optional.ofNullable(parts.rows().find(connection, bytes)))
        .map(this::state);
  }

  @Override
  public Map<K, Versioned<V>> getAll(Collection<? extends K> keys) {
    Set<K> distinct = new LinkedHashSet<>(keys);
    if (distinct.isEmpty()) {
      return Map.of();
    }
    List<byte[]> encoded = distinct.stream().map(parts.keys()::encode).toList();
    Map<K, Versioned<V>> states = new LinkedHashMap<>();
    for (StoreRows.Row row : reading(connection -> parts.rows().among(connection, encoded))) {
      states.put(parts.keys().decode(row.key()), state(row));
    }
    return states;
  }

  @Override
  public WriteResult<V> put(K key, V value, Expected expected) {
    Encoded<K, V> write = encoded(Write.put(key, value, expected));
    return writing((connection, changes) -> apply(connection, changes, write));
  }

  @Override
  public WriteResult<V> delete(K key, Expected expected) {
    Encoded<K, V> write = encoded(Write.delete(key, expected));
    return writing((connection, changes) -> apply(connection, changes, write));
  }

  @Override
  public BatchResult<K, V> writeAll(List<Write<K, V>> independent) {
    List<Write<K, V>> writes = List.copyOf(independent);
    DistinctKeys.require(
        writes,
        key -> {
          parts.keys().encode(key);
          return key;
        });
    return new BatchResult<>(writes.stream().map(this::item).toList());
  }

  private BatchResult.Item<K, V> item(Write<K, V> write) {
    try {
      Encoded<K, V> encoded = encoded(write);
      return new BatchResult.Item<>(
          write, writing((connection, changes) -> apply(connection, changes, encoded)), null);
    } catch (OccException failure) {
      return new BatchResult.Item<>(write, null, failure);
    }
  }

  @Override
  public CommitResult<K, V> commit(Commit<K, V> atomic) {
    List<Encoded<K, V>> writes = atomic.writes().values().stream().map(this::encoded).toList();
    TableCommit<K> commit = new TableCommit<>(parts.rows());
    atomic.reads().forEach((key, expected) -> commit.check(key, bytes(key), expected));
    writes.forEach(write -> commit.check(write.key(), write.bytes(), write.write().expected()));
    Map<K, Versioned<V>> written = new LinkedHashMap<>();
    Map<K, TableCommit.Refusal> refusals =
        writing(
            (connection, changes) -> {
              written.clear(); // an attempt that the database rolled back wrote nothing
              Map<K, TableCommit.Refusal> refused = commit.lock(connection);
              if (refused.isEmpty()) {
                applyAll(connection, changes, writes, written);
              }
              return refused;
            });
    return refusals.isEmpty()
        ? new CommitResult.Committed<>(written)
        : new CommitResult.Failed<>(conflicts(refusals));
  }

  private void applyAll(
      Connection connection,
      List<Change> changes,
      List<Encoded<K, V>> writes,
      Map<K, Versioned<V>> written)
      throws SQLException {
    for (Encoded<K, V> write : writes) {
      WriteResult<V> result = apply(connection, changes, write);
      if (!result.isApplied()) {
        throw new IllegalStateException("a key that was locked has changed: " + write.key());
      }
      Versioned<V> state = result.current();
      if (state != null) {
        written.put(write.key(), state);
      }
    }
  }

  private Map<K, WriteResult.Conflict<V>> conflicts(Map<K, TableCommit.Refusal> refusals) {
    Map<K, WriteResult.Conflict<V>> conflicts = new LinkedHashMap<>();
    refusals.forEach(
        (key, refusal) -> {
          StoreRows.Row row = refusal.found();
          Versioned<V> current = row == null ? null : state(row);
          conflicts.put(key, new WriteResult.Conflict<>(refusal.expected(), current));
        });
    return conflicts;
  }

  @Override
  public Page<K, V> scan(Scan<K> scan) {
    byte[] after = scan.after() == null ? null : bytes(scan.after());
    byte[] through = scan.through() == null ? null : bytes(scan.through());
    List<StoreRows.Row> rows =
        reading(connection -> parts.rows().scan(connection, after, through, scan.limit() + 1));
    List<Page.Entry<K, V>> entries = new ArrayList<>();
    for (StoreRows.Row row : rows.subList(0, Math.min(rows.size(), scan.limit()))) {
      entries.add(new Page.Entry<>(parts.keys().decode(row.key()), state(row)));
    }
    boolean more = rows.size() > scan.limit();
    return new Page<>(entries, more ? scan.after(entries.get(entries.size() - 1).key()) : null);
  }

  @Override
  public Subscription watch(Consumer<? super Change> follower) {
    Objects.requireNonNull(follower, "follower");
    if (!marks.recorded()) {
      throw new IllegalStateException("store " + name() + " records no changes to watch");
    }
    return parts
        .log()
        .follow(
            change -> {
              boolean written =
                  change.kind() == Change.Kind.PUT || change.kind() == Change.Kind.DELETE;
              if (written && change.source().equals(name())) {
                follower.accept(change);
              }
            });
  }

  // One write.

  /** A write whose key and value are bytes already, so that no codec runs in a transaction. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Encoded<K, V>(Write<K, V> write, byte[] bytes, String text, byte[] payload) {
    K key() {
      return write.key();
    }
  }

  private Encoded<K, V> encoded(Write<K, V> write) {
    byte[] payload =
        write instanceof Write.Put<K, V> put
            ? walled(() -> parts.codec().encode(put.value()))
            : new byte[0];
    return new Encoded<>(write, bytes(write.key()), parts.keys().text(write.key()), payload);
  }

  private byte[] bytes(K key) {
    return parts.keys().encode(key);
  }

  private WriteResult<V> apply(Connection connection, List<Change> changes, Encoded<K, V> write)
      throws SQLException {
    return write.write() instanceof Write.Put<K, V> put
        ? put(connection, changes, write, put)
        : delete(connection, changes, write);
  }

  private WriteResult<V> put(
      Connection connection, List<Change> changes, Encoded<K, V> write, Write.Put<K, V> put)
      throws SQLException {
    Expected expected = put.expected();
    for (int tries = 1; tries <= MAX_TRIES; tries++) {
      StoreRows.Stamp stamp =
          expected == Expected.absent()
              ? null
              : parts
                  .rows()
                  .update(connection, write.bytes(), write.payload(), expected, marks.updatedBy());
      if (stamp == null && expected.holdsFor(null)) {
        stamp = insert(connection, write);
      }
      if (stamp != null) {
        record(connection, changes, write, Change.Kind.PUT, stamp.version());
        return new WriteResult.Applied<>(state(put.value(), stamp));
      }
      Versioned<V> current = locked(connection, write.bytes());
      if (!expected.holdsFor(current)) {
        return new WriteResult.Conflict<>(expected, current);
      }
      // What was expected is there after all: a rival wrote between the two statements.
    }
    throw new StoreUnavailableException("rivals kept creating and deleting the key", null);
  }

  private StoreRows.@Nullable Stamp insert(Connection connection, Encoded<K, V> write)
      throws SQLException {
    StoreRows.Stamp stamp =
        parts
            .rows()
            .insert(
                connection,
                write.bytes(),
                write.payload(),
                parts.floor().get() + 1,
                marks.updatedBy());
    // The statement chose its version and may then have waited while the key was created and
    // deleted by a rival. Now the key is ours, and whoever deleted it here has raised the floor.
    long floor = parts.floor().get();
    return stamp == null || Math.min(stamp.version(), stamp.updatedAt()) > floor
        ? stamp
        : parts.rows().raise(connection, write.bytes(), floor + 1);
  }

  private WriteResult<V> delete(Connection connection, List<Change> changes, Encoded<K, V> write)
      throws SQLException {
    Expected expected = write.write().expected();
    for (int tries = 1; tries <= MAX_TRIES; tries++) {
      if (expected != Expected.absent()) {
        StoreRows.Stamp gone = parts.rows().delete(connection, write.bytes(), expected);
        if (gone != null) {
          // Before the commit lets anybody create the key again.
          parts.floor().accumulateAndGet(Math.max(gone.version(), gone.updatedAt()), Math::max);
          record(connection, changes, write, Change.Kind.DELETE, gone.version());
          return new WriteResult.Applied<>(null);
        }
      }
      Versioned<V> current = locked(connection, write.bytes());
      if (!expected.holdsFor(current)) {
        return new WriteResult.Conflict<>(expected, current);
      }
      if (current == null) {
        return new WriteResult.Applied<>(null);
      }
    }
    throw new StoreUnavailableException("rivals kept creating and deleting the key", null);
  }

  private @Nullable Versioned<V> locked(Connection connection, byte[] key) throws SQLException {
    StoreRows.Row row = parts.rows().lock(connection, key);
    return row == null ? null : state(row);
  }

  private void record(
      Connection connection,
      List<Change> changes,
      Encoded<K, V> write,
      Change.Kind kind,
      long version)
      throws SQLException {
    if (marks.recorded()) {
      ChangeDraft draft =
          new ChangeDraft(name(), kind, write.text(), version, marks.updatedBy(), marks.tags());
      changes.add(parts.log().append(connection, draft));
    }
  }

  private Versioned<V> state(StoreRows.Row row) {
    return new Versioned<>(
        walled(() -> parts.codec().decode(row.payload())),
        row.version(),
        Timestamps.ofMicros(row.updatedAt()),
        row.updatedBy());
  }

  private Versioned<V> state(V value, StoreRows.Stamp stamp) {
    return new Versioned<>(
        value, stamp.version(), Timestamps.ofMicros(stamp.updatedAt()), marks.updatedBy());
  }

  private <T> T walled(Supplier<T> call) {
    try {
      return Objects.requireNonNull(call.get(), "codec returned null");
    } catch (RuntimeException failure) {
      throw new CodecException("the codec " + parts.codec().id() + " failed", failure);
    }
  }
}
