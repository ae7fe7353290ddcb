/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.occ4j.Expected;
import org.occ4j.StoreUnavailableException;

/**
 * The locks of one commit: every key that it names, in byte order so that two commits cannot wait
 * for each other, and the check of every expectation while nothing has been written.
 *
 * <p>A key without a row is held too, or a rival could create it between the check and the commit
 * (write skew). There is no row to lock, so one is inserted and deleted again in the same
 * transaction: whoever inserts that key waits until it ends. Afterwards nothing can fail for a
 * rival's sake, which is what makes a commit inside the caller's transaction all or nothing.
 */
final class TableCommit<K> {

  /** Tries to lock a key that others create and delete at the same time. */
  private static final int MAX_TRIES = 100;

  private static final byte[] NOTHING = {};

  private final StoreRows rows;
  private final TreeMap<byte[], Check<K>> checks = new TreeMap<>(Arrays::compareUnsigned);

  TableCommit(StoreRows rows) {
    this.rows = rows;
  }

  /** What must hold for a key. */
  private record Check<K>(K key, Expected expected) {}

  /** An expectation that does not hold, and the row that was there instead, if there was one. */
  record Refusal(Expected expected, StoreRows.@Nullable Row found) {}

  /** Adds a key. */
  void check(K key, byte[] bytes, Expected expected) {
    checks.put(bytes, new Check<>(key, expected));
  }

  /**
   * Locks all keys until the end of the transaction and checks them. Nothing has been written when
   * it returns.
   *
   * @return every key whose expectation does not hold
   */
  Map<K, Refusal> lock(Connection connection) throws SQLException {
    Map<K, Refusal> refusals = new LinkedHashMap<>();
    List<byte[]> held = new ArrayList<>();
    for (Map.Entry<byte[], Check<K>> entry : checks.entrySet()) {
      Expected expected = entry.getValue().expected();
      StoreRows.Row row = lock(connection, entry.getKey(), expected, held);
      if (!expected.holdsFor(row == null ? null : row.undecoded())) {
        refusals.put(entry.getValue().key(), new Refusal(expected, row));
      }
    }
    for (byte[] key : held) {
      rows.delete(connection, key, Expected.any());
    }
    return refusals;
  }

  private StoreRows.@Nullable Row lock(
      Connection connection, byte[] key, Expected expected, List<byte[]> held) throws SQLException {
    for (int tries = 1; tries <= MAX_TRIES; tries++) {
      StoreRows.Row row = rows.lock(connection, key);
      if (row != null || !expected.holdsFor(null)) {
        return row;
      }
      if (rows.insert(connection, key, NOTHING, 1, null) != null) {
        held.add(key);
        return null;
      }
      // A rival created it between the two statements.
    }
    throw new StoreUnavailableException("rivals kept creating and deleting a key", null);
  }
}
