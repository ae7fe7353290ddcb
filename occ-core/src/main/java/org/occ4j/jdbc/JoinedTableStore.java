/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.sql.Connection;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.occ4j.RetryPolicy;
import org.occ4j.Tag;
import org.occ4j.jdbc.internal.SqlWork;
import org.occ4j.jdbc.internal.Transactions;
import org.occ4j.jdbc.internal.change.ChangeDialect.AppendedChange;
import org.occ4j.jdbc.internal.store.StoreDialect;
import org.occ4j.jdbc.internal.store.TableStore;
import org.occ4j.jdbc.internal.store.WriteMapper.Marks;
import org.occ4j.store.WriteResult;
import org.occ4j.store.internal.UpdateLoop;
import org.occ4j.store.internal.Writers;

/** A store that works in the caller's transaction. */
final class JoinedTableStore<K, V> extends TableStore<K, V> implements JoinedStore<K, V> {
  private final Connection connection;

  /** What was changed through this object and its views, to be told after the commit. */
  private final List<AppendedChange> appended;

  JoinedTableStore(
      Parts<K, V> parts, Marks marks, Connection connection, List<AppendedChange> appended) {
    super(parts, marks);
    this.connection = connection;
    this.appended = appended;
  }

  @Override
  protected <T extends @Nullable Object> T reading(SqlWork<T, RuntimeException> work) {
    return Transactions.joined(connection, work);
  }

  @Override
  protected <T extends @Nullable Object> T writing(Writing<T> work) {
    return Transactions.joined(
        connection, open -> work.run(open, StoreDialect.Mode.IN_TRANSACTION, appended));
  }

  @Override
  protected <T extends @Nullable Object> T transaction(Writing<T> work) {
    return writing(work);
  }

  @Override
  protected boolean sharesRoundTrips() {
    return false; // an error of one would leave the others half-done in the caller's transaction
  }

  @Override
  public WriteResult<V> update(K key, UnaryOperator<V> edit, RetryPolicy retry) {
    return UpdateLoop.run(this, key, edit, RetryPolicy.once());
  }

  @Override
  public JoinedStore<K, V> by(String updatedBy) {
    return new JoinedTableStore<>(
        parts, marks.by(Writers.require(updatedBy)), connection, appended);
  }

  @Override
  public JoinedStore<K, V> tagging(Set<Tag> tags) {
    return new JoinedTableStore<>(parts, marks.tagging(tags), connection, appended);
  }

  @Override
  public JoinedTableStore<K, V> marked(@Nullable String updatedBy, Set<Tag> tags) {
    return new JoinedTableStore<>(parts, marks.also(updatedBy, tags), connection, appended);
  }

  @Override
  public void committed() {
    parts.log().committedRows(List.copyOf(appended));
    appended.clear();
  }

  @Override
  public String toString() {
    return "VersionedStore[" + name() + ", joined]";
  }
}
