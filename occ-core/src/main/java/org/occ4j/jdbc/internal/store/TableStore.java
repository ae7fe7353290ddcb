/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.store;

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
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.StoreUnavailableException;
import org.occ4j.Tag;
import org.occ4j.Versioned;
import org.occ4j.change.Change;
import org.occ4j.change.ChangeDraft;
import org.occ4j.change.Subscription;
import org.occ4j.jdbc.internal.JdbcContext;
import org.occ4j.jdbc.internal.SqlWork;
import org.occ4j.jdbc.internal.change.ChangeDialect.AppendedChange;
import org.occ4j.jdbc.internal.change.ChangeRows;
import org.occ4j.jdbc.internal.change.CommittedChanges;
import org.occ4j.jdbc.internal.store.WriteMapper.Marks;
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
import org.occ4j.store.internal.StoreWatcher;

/**
 * A store in a table; subclasses say in whose transaction it works.
 *
 * <p>A write is decided by its own statement (G1): the expectation is part of its condition. What
 * is there after a write that did nothing comes back with its answer.
 */
public abstract class TableStore<K, V> implements VersionedStore<K, V> {

  /** Tries to create or change a row that others create and delete at the same time. */
  private static final int MAX_TRIES = 100;

  /** The key of an insert that the database gives one. */
  private static final Object NO_KEY = "";

  private static final String RIVALS = "rivals kept creating and deleting the key";

  /** What the views of one store share. */
  public record Parts<K, V>(
      String name,
      JdbcContext context,
      CommittedChanges log,
      StoreDialect rows,
      Keys<K> keys,
      RowMapper<K, V> format,
      VersionFloor floor) {}

  /** What this view shares with the others. */
  public final Parts<K, V> parts;

  /** How this view marks its writes. */
  public final Marks marks;

  /** Its keys, writes and results as the table has them. */
  public final WriteMapper<K, V> mapper;

  /** A view of a store. */
  public TableStore(Parts<K, V> parts, Marks marks) {
    this.parts = parts;
    this.marks = marks;
    this.mapper = new WriteMapper<>(parts, marks);
  }

  /** This store, its writes marked with a writer and tags. */
  public abstract TableStore<K, V> marked(@Nullable String updatedBy, Set<Tag> tags);

  /** Runs reads. */
  protected abstract <T extends @Nullable Object> T reading(SqlWork<T, RuntimeException> work);

  /** Runs what {@link StoreDialect#write} does at once. */
  protected abstract <T extends @Nullable Object> T writing(Writing<T> work);

  /** Runs several statements in one transaction. */
  protected abstract <T extends @Nullable Object> T transaction(Writing<T> work);

  /** Whether independent writes may share a transaction, which an error of one then takes back. */
  protected abstract boolean sharesRoundTrips();

  /** Statements that write, and the changes that they appended, to be told after the commit. */
  public interface Writing<T extends @Nullable Object> {
    /** Runs them. */
    T run(Connection connection, StoreDialect.Mode mode, List<AppendedChange> appended)
        throws SQLException;
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
    Object raw = mapper.rawKey(key);
    return reading(connection -> Optional.ofNullable(parts.rows().find(connection, raw)))
        .map(row -> mapper.state(key, row));
  }

  @Override
  public Map<K, Versioned<V>> getAll(Collection<? extends K> keys) {
    Set<K> distinct = new LinkedHashSet<>(keys);
    if (distinct.isEmpty()) {
      return Map.of();
    }
    List<Object> raw = distinct.stream().<Object>map(mapper::rawKey).toList();
    Map<K, Versioned<V>> states = new LinkedHashMap<>();
    for (StoreDialect.Row row : reading(connection -> parts.rows().among(connection, raw))) {
      K key = parts.format().key(row.key());
      states.put(key, mapper.state(key, row));
    }
    return states;
  }

  @Override
  public WriteResult<V> put(K key, V value, Expected expected) {
    return written(Write.put(key, value, expected));
  }

  @Override
  public WriteResult<V> delete(K key, Expected expected) {
    return written(Write.delete(key, expected));
  }

  @Override
  public Page<K, V> scan(Scan<K> scan) {
    Object after = scan.after() == null ? null : mapper.rawKey(scan.after());
    Object through = scan.through() == null ? null : mapper.rawKey(scan.through());
    KeyPrefix prefix =
        scan.leading().isEmpty() ? KeyPrefix.NONE : parts.format().prefix(scan.leading());
    List<StoreDialect.Row> rows =
        reading(
            connection -> parts.rows().scan(connection, prefix, after, through, scan.limit() + 1));
    List<Page.Entry<K, V>> entries = new ArrayList<>();
    for (StoreDialect.Row row : rows.subList(0, Math.min(rows.size(), scan.limit()))) {
      K key = parts.format().key(row.key());
      entries.add(new Page.Entry<>(key, mapper.state(key, row)));
    }
    boolean more = rows.size() > scan.limit();
    return new Page<>(entries, more ? scan.after(entries.get(entries.size() - 1).key()) : null);
  }

  @Override
  public Subscription watch(Consumer<? super Change> follower) {
    Objects.requireNonNull(follower, "follower");
    if (!mapper.isRecorded()) {
      throw new IllegalStateException("store " + name() + " records no changes to watch");
    }
    return parts.log().follow(new StoreWatcher(name(), follower));
  }

  // One write.

  private WriteResult<V> written(Write<K, V> write) {
    RowWrite row = mapper.rowWrite(write);
    int unseen = 0;
    StoreDialect.Row left = null;
    for (int tries = 1; tries <= MAX_TRIES; tries++) {
      StoreDialect.WriteOutcome answer = attempt(List.of(row)).get(0);
      if (row.kind() == RowWrite.Kind.INSERT
          && answer.stamp() == null
          && answer.current() == null) {
        parts.rows().layout.requirePossible(++unseen);
        requireInsertable(row);
      }
      WriteResult<V> result = mapper.result(write, row, answer);
      if (result != null) {
        return result;
      }
      left = requireMoved(row, left, answer.current());
      // What was expected is there after all, or any state is welcome and it is the other case.
      row = WriteMapper.next(write, row, answer);
    }
    throw new StoreUnavailableException(RIVALS, null);
  }

  /**
   * Recognises a change that is refused for good: it did nothing to a row that is as expected, and
   * that nobody has changed since the last try.
   *
   * @return the row that the change left alone, or null
   */
  private StoreDialect.@Nullable Row requireMoved(
      RowWrite write, StoreDialect.@Nullable Row before, StoreDialect.@Nullable Row now) {
    StoreDialect.Row left = write.kind() == RowWrite.Kind.INSERT ? null : now;
    if (left != null && before != null && left.version() == before.version()) {
      parts.rows().layout.requireMade(0);
    }
    return left;
  }

  /**
   * Recognises an insert that did nothing and found nothing as one that is refused for good.
   *
   * @throws org.occ4j.DataRejectedException if it is
   */
  public final void requireInsertable(RowWrite write) {
    if (parts.rows().layout.namespace() == null) {
      transaction(
          (connection, mode, appended) -> {
            parts.rows().requireInsertable(connection, List.of(write), parts.floor());
            return write;
          });
    }
  }

  private List<StoreDialect.WriteOutcome> attempt(List<RowWrite> writes) {
    return writing(
        (connection, mode, appended) -> {
          List<StoreDialect.WriteOutcome> answers =
              parts.rows().write(connection, writes, parts.floor(), mode);
          for (int i = 0; i < answers.size(); i++) {
            noteApplied(writes.get(i), answers.get(i), appended);
          }
          return answers;
        });
  }

  private void noteApplied(
      RowWrite write, StoreDialect.WriteOutcome answer, List<AppendedChange> appended) {
    if (answer.stamp() != null) {
      noteApplied(write, answer.stamp(), answer.change(), appended);
    }
  }

  /** Notes a write that was applied, before its commit. */
  public final void noteApplied(
      RowWrite write, StoreDialect.RowVersion stamp, long change, List<AppendedChange> appended) {
    if (write.kind() == RowWrite.Kind.DELETE) {
      // Inside a transaction: before the commit lets anybody create the key again.
      long time = stamp.updatedAt() == null ? 0 : stamp.updatedAt();
      parts.floor().raise(Math.max(stamp.version(), time));
    }
    if (write.change() != null) {
      appended.add(new AppendedChange(change, write.changeOf(stamp.version())));
    }
  }

  /** As {@code JdbcVersionedStore.insert} says. */
  public Page.Entry<K, V> insert(V value) {
    if (parts.rows().layout.namespace() != null) {
      throw new IllegalStateException(
          "the keys of store " + name() + " are the application's; put them");
    }
    @Nullable Object[] values = parts.format().rawValues(null, value);
    mapper.requireSendable(null, values);
    RowWrite write =
        new RowWrite(
            RowWrite.Kind.INSERT, NO_KEY, values, Expected.absent(), marks.updatedBy(), null);
    Writing<StoreDialect.Row> work =
        (connection, mode, appended) -> {
          long floor = parts.floor().getAsLong() + 1;
          boolean recorded = mapper.isRecorded();
          StoreDialect.Row row = parts.rows().insertGenerating(connection, write, floor, recorded);
          record(connection, row, appended);
          return row;
        };
    StoreDialect.Row row = mapper.isRecorded() ? transaction(work) : writing(work);
    K key = parts.format().key(row.key());
    return new Page.Entry<>(key, mapper.state(key, row));
  }

  /** Records an insert whose key was not known before. */
  private void record(Connection connection, StoreDialect.Row row, List<AppendedChange> appended)
      throws SQLException {
    ChangeDraft draft = mapper.draft(parts.format().key(row.key()), Change.Kind.PUT);
    if (draft != null) {
      ChangeDraft done =
          new ChangeDraft(
              draft.source(),
              draft.kind(),
              draft.key(),
              row.version(),
              draft.updatedBy(),
              draft.tags());
      ChangeRows changes = new ChangeRows(parts.context());
      long number = parts.rows().recordGenerated(connection, changes, done);
      appended.add(new AppendedChange(number, done));
    }
  }

  // Several writes.

  @Override
  public BatchResult<K, V> writeAll(List<Write<K, V>> independent) {
    List<Write<K, V>> writes = List.copyOf(independent);
    DistinctKeys.require(
        writes,
        key -> {
          mapper.rawKey(key);
          return key;
        });
    TableBatch<K, V> batch = new TableBatch<>(writes, this::written);
    Map<Integer, RowWrite> ready = new LinkedHashMap<>();
    batch
        .inOrder(mapper::bytes)
        .forEach(i -> batch.encode(i, () -> ready.put(i, mapper.rowWrite(writes.get(i)))));
    if (sharesRoundTrips()) {
      batch.runTogether(ready, this::attempt, mapper::result);
    } else {
      batch.runSingly(ready.keySet());
    }
    return batch.result();
  }

  @Override
  public CommitResult<K, V> commit(Commit<K, V> atomic) {
    TableCommit<K> commit = new TableCommit<>(parts.rows(), parts.floor(), parts.format());
    atomic
        .reads()
        .forEach(
            (key, expected) ->
                commit.read(key, mapper.bytes(key), parts.rows().layout.inPrecision(expected)));
    atomic
        .writes()
        .values()
        .forEach(
            write ->
                commit.write(write.key(), mapper.bytes(write.key()), mapper.commitWrite(write)));
    TableCommit.Result<K> result =
        transaction(
            (connection, mode, appended) -> {
              TableCommit.Result<K> done = commit.run(connection);
              done.written()
                  .values()
                  .forEach(one -> noteApplied(one.write(), one.written(), appended));
              return done;
            });
    return result.refusals().isEmpty()
        ? new CommitResult.Applied<>(mapper.states(atomic, result), mapper.tokenOf(result))
        : new CommitResult.Conflicted<>(mapper.conflicts(atomic, result));
  }
}
