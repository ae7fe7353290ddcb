/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransactionRollbackException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.occ4j.Expected;
import org.occ4j.RetryPolicy;
import org.occ4j.Tag;
import org.occ4j.jdbc.internal.SqlErrors;
import org.occ4j.jdbc.internal.SqlWork;
import org.occ4j.jdbc.internal.Transactions;
import org.occ4j.jdbc.internal.change.ChangeDialect.AppendedChange;
import org.occ4j.jdbc.internal.store.StoreDialect;
import org.occ4j.jdbc.internal.store.TableStore;
import org.occ4j.jdbc.internal.store.WriteMapper.Marks;
import org.occ4j.store.StoreStats;
import org.occ4j.store.WriteResult;
import org.occ4j.store.internal.StoreRecorder;
import org.occ4j.store.internal.UpdateLoop;
import org.occ4j.store.internal.Writers;

/** A store that works in short transactions of its own. */
final class OwnTableStore<K, V> extends TableStore<K, V> implements JdbcVersionedStore<K, V> {

  private final ChangeLogTable changeLog;
  private final StoreRecorder recorder;

  OwnTableStore(Parts<K, V> parts, Marks marks, ChangeLogTable changeLog, StoreRecorder recorder) {
    super(parts, marks);
    this.changeLog = changeLog;
    this.recorder = recorder;
  }

  @Override
  protected <T extends @Nullable Object> T reading(SqlWork<T, RuntimeException> work) {
    return recorder.read(() -> parts.context().transactions().reading(work));
  }

  @Override
  protected <T extends @Nullable Object> T writing(Writing<T> work) {
    Transactions transactions = parts.context().transactions();
    return parts.rows().writesInOneRoundTrip()
        ? telling(StoreDialect.Mode.AUTO_COMMIT, work, sql -> transactions.statement(sql))
        : transaction(work);
  }

  @Override
  protected <T extends @Nullable Object> T transaction(Writing<T> work) {
    Transactions transactions = parts.context().transactions();
    return telling(StoreDialect.Mode.IN_TRANSACTION, work, sql -> transactions.transaction(sql));
  }

  /**
   * In the library's own table a duplicate that no key explains is a number that the server has
   * given to two changes, as MariaDB may after a crash: nobody's data was refused, and the next
   * number is free.
   */
  private SQLException worthRepeatingIfDuplicate(SQLException error) {
    boolean isLibrarysTable = parts.rows().layout.namespace() != null;
    return isLibrarysTable && SqlErrors.meaningOf(error) == SqlErrors.Meaning.DUPLICATE
        ? new SQLTransactionRollbackException("two changes of one number", "40001", error)
        : error;
  }

  /** Runs the work in a transaction of ours, and tells its changes after the commit. */
  private <T extends @Nullable Object> T telling(
      StoreDialect.Mode mode,
      Writing<T> work,
      Function<SqlWork<T, RuntimeException>, T> inTransaction) {
    List<AppendedChange> appended = new ArrayList<>();
    SqlWork<T, RuntimeException> sql =
        connection -> {
          appended.clear(); // an attempt that the database rolled back told nothing
          try {
            return work.run(connection, mode, appended);
          } catch (SQLException error) {
            throw worthRepeatingIfDuplicate(error);
          }
        };
    T result = recorder.written(() -> inTransaction.apply(sql));
    parts.log().committedRows(appended);
    return result;
  }

  @Override
  protected boolean sharesRoundTrips() {
    return parts.rows().writesInOneRoundTrip();
  }

  @Override
  public WriteResult<V> put(K key, V value, Expected expected) {
    return recorder.counted(super.put(key, value, expected));
  }

  @Override
  public WriteResult<V> delete(K key, Expected expected) {
    return recorder.counted(super.delete(key, expected));
  }

  @Override
  public StoreStats stats() {
    return recorder.snapshot();
  }

  @Override
  public WriteResult<V> update(K key, UnaryOperator<V> edit, RetryPolicy retry) {
    return UpdateLoop.run(this, key, edit, retry);
  }

  @Override
  public JoinedStore<K, V> joining(Connection connection) {
    return new JoinedTableStore<>(
        parts, marks, Transactions.requireTransaction(connection), new ArrayList<>());
  }

  @Override
  public JdbcVersionedStore<K, V> by(String updatedBy) {
    return new OwnTableStore<>(parts, marks.by(Writers.require(updatedBy)), changeLog, recorder);
  }

  @Override
  public JdbcVersionedStore<K, V> tagging(Set<Tag> tags) {
    return new OwnTableStore<>(parts, marks.tagging(tags), changeLog, recorder);
  }

  @Override
  public JdbcVersionedStore<K, V> recordChanges(boolean record) {
    return new OwnTableStore<>(parts, marks.recording(record), changeLog, recorder);
  }

  @Override
  public void recordEveryWrite() {
    changeLog.recordEveryWriteOf(name());
  }

  @Override
  public JdbcChangeLog changes() {
    return changeLog;
  }

  @Override
  public OwnTableStore<K, V> marked(@Nullable String updatedBy, Set<Tag> tags) {
    return new OwnTableStore<>(parts, marks.also(updatedBy, tags), changeLog, recorder);
  }

  @Override
  public String toString() {
    return "VersionedStore[" + name() + ", " + parts.context().engine().name() + "]";
  }
}
