/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.occ4j.Versioned;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.Rejection;

/**
 * An {@link org.occ4j.mutation.Edit} that also writes rows of its own, in the transaction of the
 * mutation. What it wrote is there exactly if the mutation is answered {@code Applied}: it vanishes
 * with a conflict, a rejection, a failure and a run that had to be repeated.
 *
 * <p>The row of the key is locked before the edit runs, so no rival comes between and the edit runs
 * once. It runs again only after the database has undone everything: because it ended the
 * transaction itself (a deadlock, a serialization failure), or because a rival created the key that
 * was absent.
 *
 * @param <K> the keys
 * @param <V> the values
 */
@FunctionalInterface
public interface SqlEdit<K, V> {

  /**
   * The new value.
   *
   * @param key the mutation's key
   * @param before the present state, whose row is locked, or null if the key is absent
   * @param transaction the mutation's transaction; it refuses to be committed, rolled back as a
   *     whole, closed or changed in its settings. Savepoints are the edit's to make
   * @return what to store, or null to delete the key
   * @throws SQLException as statements do; everything is rolled back
   * @throws Rejection to answer with a final no; the statements made here are rolled back, the
   *     answer is kept
   */
  @Nullable V apply(K key, @Nullable Versioned<V> before, Connection transaction)
      throws SQLException, Rejection;

  /**
   * The mutation's own edit, to be followed by statements: {@code
   * SqlEdit.of(mutation).andThen(..)}. Unlike the mutation alone it is given the row locked.
   */
  static <K, V> SqlEdit<K, V> of(Mutation<K, V> mutation) {
    Edit<V> edit = mutation.edit();
    return (key, before, transaction) ->
        edit.apply(before == null || !edit.readsCurrent() ? null : before.value());
  }

  /** What runs after the write of the row, if anything does; null by default. */
  default @Nullable AfterWrite<K, V> afterWrite() {
    return null;
  }

  /**
   * This edit, followed by statements that need to know what the write made, such as an audit row
   * with the new version. They cost one round trip more than their own, because the commit can then
   * not travel with the write.
   */
  default SqlEdit<K, V> andThen(AfterWrite<K, V> after) {
    Objects.requireNonNull(after, "after");
    SqlEdit<K, V> first = this;
    return new SqlEdit<>() {
      @Override
      public @Nullable V apply(K key, @Nullable Versioned<V> before, Connection transaction)
          throws SQLException, Rejection {
        return first.apply(key, before, transaction);
      }

      @Override
      public AfterWrite<K, V> afterWrite() {
        return after;
      }
    };
  }

  /** Statements after the write, in the same transaction. */
  @FunctionalInterface
  interface AfterWrite<K, V> {

    /**
     * Runs them.
     *
     * @param before the state before, or null if the key was absent
     * @param after the state that the write made, or null if it deleted the key: what is told of a
     *     deletion, here as in the feed, is the version that it deleted, {@code before.version()}
     * @throws SQLException as statements do; everything is rolled back
     */
    void run(
        K key, @Nullable Versioned<V> before, @Nullable Versioned<V> after, Connection transaction)
        throws SQLException;
  }
}
