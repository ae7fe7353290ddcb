/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.sql.Connection;
import java.util.Set;
import org.occ4j.Tag;
import org.occ4j.store.Page;
import org.occ4j.store.StoreStats;
import org.occ4j.store.VersionedStore;

/**
 * A store in a database table: the library's own, or one that the application already had.
 *
 * <p>Each single write is one statement in a short transaction of its own; it is durable when the
 * method returns, as far as the database is. Made by {@code OccDatabase}.
 */
public interface JdbcVersionedStore<K, V> extends VersionedStore<K, V> {

  /**
   * This store inside the caller's transaction. Its statements name the schema that was found when
   * the store was made, for the rows and for the library's own tables alike, whatever the current
   * schema or {@code search_path} of this connection is: a store of each tenant's schema is made by
   * {@code TableMapping.Builder.schema}.
   *
   * @throws IllegalArgumentException if the connection is in auto-commit mode, where there is no
   *     transaction to join
   */
  JoinedStore<K, V> joining(Connection connection);

  /** What was done so far on the stores of this name, by the same {@code OccDatabase}. */
  @Override
  StoreStats stats();

  /**
   * Makes a new row in a table of the application whose key the database generates: an identity
   * column (BY DEFAULT), a serial one, AUTO_INCREMENT, or a default. A key that the value has in it
   * is not looked at. The key and the state that were made are returned; with nothing to compare,
   * there is no conflict.
   *
   * <p>Not to be repeated blindly: nothing tells a second call from a retry of the first, so after
   * an {@link org.occ4j.OutcomeUnknownException} a retry may make a second row. Once and no more it
   * is made in an effect of the registry that joins this store to the effect's connection and
   * answers the key: row and answer are committed together, and the same mutation id gets the same
   * key again.
   *
   * @throws IllegalStateException if this is a store in the library's own table, whose keys the
   *     application gives
   * @throws org.occ4j.DataRejectedException if a constraint refuses the row, as that of a key for
   *     which the database generates nothing; nothing was changed
   */
  Page.Entry<K, V> insert(V value);

  @Override
  JdbcVersionedStore<K, V> by(String updatedBy);

  /**
   * The same store, whose writes through this view carry {@code tags} in their change. Tags that
   * are not empty switch the recording on for this view, since they are carried by the record.
   */
  @Override
  JdbcVersionedStore<K, V> tagging(Set<Tag> tags);

  /**
   * The same store, whose writes through this view are, or are not, recorded in the change feed,
   * whatever {@link #recordEveryWrite} says.
   */
  JdbcVersionedStore<K, V> recordChanges(boolean record);

  /**
   * Has every write recorded that begins from now on through this store, any view or pipeline of
   * it, or another store of the same name and {@code OccDatabase}, unless its view says {@code
   * recordChanges(false)}. A cache over the store calls this. It reaches this node only, and cannot
   * be taken back.
   */
  void recordEveryWrite();

  /** The feed that its changes are recorded in: {@code OccDatabase.changes()}. */
  JdbcChangeLog changes();
}
