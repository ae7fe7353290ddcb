/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import org.occ4j.store.Page;
import org.occ4j.store.VersionedStore;

/**
 * A store inside the caller's transaction. Its writes are seen and kept by others only if that
 * commits.
 *
 * <p>{@code update} makes one attempt whatever the retry policy says, since a snapshot that lost
 * once loses again. What a conflict tells is the latest state, read with a lock where a plain read
 * would show an older one; on PostgreSQL above READ COMMITTED it is the state in the transaction's
 * own snapshot, because a lock would end the transaction where they differ. {@link
 * org.occ4j.TransactionConflictException} says that the database has ended the transaction. {@code
 * by} and {@code tagging} return views bound to the same connection, whose changes count as made
 * through this object.
 */
public interface JoinedStore<K, V> extends VersionedStore<K, V>, Joined {

  /**
   * As {@link JdbcVersionedStore#insert}, in the caller's transaction: in an effect of the registry
   * a retry makes no second row.
   */
  Page.Entry<K, V> insert(V value);
}
