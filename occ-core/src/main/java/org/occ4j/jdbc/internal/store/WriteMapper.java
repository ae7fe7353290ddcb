/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.store;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.occ4j.DataRejectedException;
import org.occ4j.Expected;
import org.occ4j.Tag;
import org.occ4j.Timestamps;
import org.occ4j.Versioned;
import org.occ4j.change.Change;
import org.occ4j.change.ChangeDraft;
import org.occ4j.change.ChangeToken;
import org.occ4j.jdbc.internal.store.TableStore.Parts;
import org.occ4j.store.Commit;
import org.occ4j.store.Write;
import org.occ4j.store.WriteResult;
import org.occ4j.store.internal.Writers;

/**
 * Turns what a user says into what the table is sent, and back: keys and states, writes and their
 * results, as one view of a store marks them. Nothing here touches the database; safe for use by
 * many threads.
 */
public final class WriteMapper<K, V> {
  /**
   * How the writes of one view are marked.
   *
   * @param recorded whether they are recorded as changes; null where the view leaves that to what
   *     holds for the whole store
   */
  public record Marks(@Nullable Boolean recorded, @Nullable String updatedBy, Set<Tag> tags) {
    /** Those of a store as it is made. */
    public static final Marks NONE = new Marks(null, null, Set.of());

    /** These, with a writer. */
    public Marks by(String writer) {
      return new Marks(recorded, writer, tags);
    }

    /** These, with tags; changes are then recorded. */
    public Marks tagging(Set<Tag> more) {
      return new Marks(more.isEmpty() ? recorded : Boolean.TRUE, updatedBy, Set.copyOf(more));
    }

    /** These, with a writer and tags if there are any. */
    public Marks also(@Nullable String writer, Set<Tag> more) {
      Marks named = writer == null ? this : by(Writers.require(writer));
      return more.isEmpty() ? named : named.tagging(more);
    }

    /** These, with changes recorded or not. */
    public Marks recording(boolean record) {
      return new Marks(record, updatedBy, tags);
    }
  }

  private final Parts<K, V> parts;
  private final Marks marks;

  WriteMapper(Parts<K, V> parts, Marks marks) {
    this.parts = parts;
    this.marks = marks;
  }

  /** The key as JDBC takes it; refused where its bytes would be too many. */
  Object rawKey(K key) {
    return parts.format().rawKey(key, bytes(key));
  }

  /** The key as its codec has it; refused where that is too long. */
  public byte[] bytes(K key) {
    return parts.keys().encode(key);
  }

  /** The state that a row holds. */
  public Versioned<V> state(K key, StoreDialect.Row row) {
    return stateOf(parts.format().value(key, row.values()), row);
  }

  /** The state of this value, which the row holds. */
  public Versioned<V> stateOf(V value, StoreDialect.Row row) {
    return new Versioned<>(
        value,
        row.version(),
        row.updatedAt() == null ? null : Timestamps.ofMicros(row.updatedAt()),
        row.updatedBy());
  }

  /** The state that an applied write made, as it is stored; null after a delete. */
  @Nullable Versioned<V> stateAfter(
      Write<K, V> write, RowWrite row, StoreDialect.WriteOutcome written) {
    StoreDialect.Row left = written.current();
    if (left == null || !(write instanceof Write.Put<K, V> put)) {
      return null;
    }
    return Arrays.deepEquals(left.values(), row.values())
        ? stateOf(put.value(), left)
        : state(write.key(), left);
  }

  // Writes.

  /** The write as it is sent first. */
  RowWrite rowWrite(Write<K, V> write) {
    Object raw = rawKey(write.key());
    Expected expected = parts.rows().layout.inPrecision(write.expected());
    if (write instanceof Write.Put<K, V> put) {
      RowWrite.Kind kind =
          expected == Expected.absent() ? RowWrite.Kind.INSERT : RowWrite.Kind.UPDATE;
      @Nullable Object[] values = parts.format().rawValues(put.key(), put.value());
      requireSendable(put.key(), values);
      return new RowWrite(
          kind, raw, values, expected, marks.updatedBy(), draft(write.key(), Change.Kind.PUT));
    }
    requireSendable(write.key());
    return new RowWrite(
        RowWrite.Kind.DELETE,
        raw,
        new @Nullable Object[0],
        expected,
        marks.updatedBy(),
        draft(write.key(), Change.Kind.DELETE));
  }

  /**
   * Makes sure that the server takes a write at once.
   *
   * @param key the key, or null if that is not known yet
   * @throws DataRejectedException if it does not; nothing was sent
   */
  public void requireSendable(@Nullable K key, @Nullable Object... values) {
    if (!isSendable(values)) {
      throw parts
          .context()
          .payloads()
          .refusal(
              parts.rows().layout.table(),
              key == null ? "a new row" : "the key " + parts.keys().text(key),
              tagBytes(),
              values);
    }
  }

  /** Whether the server takes so much at once, with the tags of this view. */
  public boolean isSendable(@Nullable Object... values) {
    return parts.context().payloads().takes(parts.rows().uncommonText + tagBytes(), values);
  }

  /** As many bytes as the tags have at most, with what is between them. */
  private long tagBytes() {
    long size = 0;
    for (Tag tag : marks.tags()) {
      size += 3L * tag.name().length() + 1;
    }
    return size;
  }

  /** Whether the writes of this view are recorded as changes. */
  boolean isRecorded() {
    Boolean recorded = marks.recorded();
    return recorded == null ? parts.log().recordsEveryWriteOf(parts.name()) : recorded;
  }

  /** The change of a write of this key, if changes are recorded. */
  public @Nullable ChangeDraft draft(K key, Change.Kind kind) {
    return isRecorded()
        ? new ChangeDraft(
            parts.name(), kind, parts.keys().text(key), 0, marks.updatedBy(), marks.tags())
        : null;
  }

  /** The same write as it is sent again, after an answer that is no result. */
  static RowWrite next(Write<?, ?> write, RowWrite row, StoreDialect.WriteOutcome answer) {
    boolean create = write instanceof Write.Put && answer.current() == null;
    return create
        ? row.as(RowWrite.Kind.INSERT, row.expected())
        : row.as(
            write instanceof Write.Put ? RowWrite.Kind.UPDATE : RowWrite.Kind.DELETE,
            row.expected());
  }

  // Answers.

  /** The result, or null if the write is to be tried again. */
  @Nullable WriteResult<V> result(
      Write<K, V> write, RowWrite row, StoreDialect.WriteOutcome answer) {
    StoreDialect.RowVersion stamp = answer.stamp();
    if (stamp != null) {
      return new WriteResult.Applied<>(
          stateAfter(write, row, answer), tokenOf(row, answer.change()));
    }
    Versioned<V> current = answer.current() == null ? null : state(write.key(), answer.current());
    if (!row.expected().holdsFor(current)) {
      return new WriteResult.Conflict<>(write.expected(), current);
    }
    boolean nothingToDelete = write instanceof Write.Delete && current == null;
    return nothingToDelete ? new WriteResult.Applied<>(null) : null;
  }

  /** The place of the change that a write has appended, or null if it appended none. */
  public @Nullable ChangeToken tokenOf(RowWrite write, long change) {
    return write.change() == null ? null : parts.log().tokenOf(change);
  }

  // Commits.

  /** In a commit a put is an update until its row is found to be absent. */
  RowWrite commitWrite(Write<K, V> write) {
    RowWrite row = rowWrite(write);
    return row.kind() == RowWrite.Kind.INSERT ? row.as(RowWrite.Kind.UPDATE, row.expected()) : row;
  }

  @Nullable ChangeToken tokenOf(TableCommit.Result<K> result) {
    return result.written().values().stream()
        .filter(done -> done.write().change() != null)
        .map(done -> done.written().change())
        .max(Long::compare)
        .map(parts.log()::tokenOf)
        .orElse(null);
  }

  /** What a commit that was applied has left of each key. */
  Map<K, Versioned<V>> states(Commit<K, V> atomic, TableCommit.Result<K> result) {
    Map<K, Versioned<V>> states = new LinkedHashMap<>();
    atomic
        .writes()
        .forEach(
            (key, write) -> {
              TableCommit.Done done = result.written().get(key);
              Versioned<V> state =
                  done == null ? null : stateAfter(write, done.write(), done.written());
              if (state != null) {
                states.put(key, state);
              }
            });
    return states;
  }

  /** Why a commit was not applied, key by key. */
  Map<K, WriteResult.Conflict<V>> conflicts(Commit<K, V> atomic, TableCommit.Result<K> result) {
    Map<K, WriteResult.Conflict<V>> conflicts = new LinkedHashMap<>();
    result
        .refusals()
        .forEach(
            (key, refusal) -> {
              Write<K, V> write = atomic.writes().get(key);
              Expected asked = write == null ? atomic.reads().get(key) : write.expected();
              StoreDialect.Row row = refusal.found();
              conflicts.put(
                  key,
                  new WriteResult.Conflict<>(
                      Objects.requireNonNull(asked), row == null ? null : state(key, row)));
            });
    return conflicts;
  }
}
