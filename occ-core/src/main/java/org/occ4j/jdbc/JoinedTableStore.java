/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.sql.Connection;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.occ4j.RetryPolicy;
import org.occ4j.Tag;
import org.occ4j.change.Change;
import org.occ4j.store.WriteResult;
import org.occ4j.store.internal.UpdateLoop;
import org.occ4j.store.internal.Writers;

/** A store that works in the caller's transaction. */
final class JoinedTableStore<K, V> extends TableStore<K, V> implements JoinedStore<K, V> {
  private final Connection connection;

  /** What was changed through this object and its views, to be told after the commit. */
  private final List<Change> changes;

  JoinedTableStore(Parts<K, V> parts, Marks marks, Connection connection, List<Change> changes) {
    super(parts, marks);
    this.connection = connection;
    this.changes = changes;
  }

  @Override
  <T extends @Nullable Object> T reading(SqlWork<T, RuntimeException> work) {
    return Transactions.joined(connection, work);
  }

  @Override
  <T extends @Nullable Object, E extends Exception> T writing(Writing<T, E> work) throws E {
    return Transactions.joined(connection, open -> work.run(open, changes));
  }

  @Override
  public WriteResult<V> update(K key, UnaryOperator<V> edit, RetryPolicy retry) {
    return UpdateLoop.run(this, key, edit, RetryPolicy.once());
  }

  @Override
  public JoinedStore<K, V> by(String updatedBy) {
    return new JoinedTableStore<>(parts, marks.by(Writers.require(updatedBy)), connection, changes);
  }

  @Override
  public JoinedStore<K, V> tagging(Set<Tag> tags) {
    return new JoinedTableStore<>(parts, marks.tagging(tags), connection, changes);
  }

  @Override
  public void committed() {
    parts.log().committed(List.copyOf(changes));
    changes.clear();
  }

  @Override
  public String toString() {
    return "VersionedStore[" + name() + ", joined]";
  }
}
