/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.pipeline;

import com.zaxxer.hikari.HikariDataSource;
import java.util.UUID;
import org.occ4j.jmh.store.HotRowRival;

/**
 * Hibernate with {@code @Version}, in a new transaction at once when it lost. It does less than the
 * others: it knows no ids, keeps no answers and tells nobody of a change.
 */
final class HibernateHotRow implements Mutations {
  private final HikariDataSource pool;
  private final HotRowRival.Counter row;

  HibernateHotRow(HikariDataSource pool) {
    this.pool = pool;
    this.row = HotRowRival.HIBERNATE_RETRY.open(pool);
  }

  /** The one row is there. */
  @Override
  public long create(String key) {
    return ANY;
  }

  @Override
  public long apply(UUID id, String key, long expected) {
    row.increment();
    return ANY;
  }

  @Override
  public long count(String key) {
    return row.count();
  }

  @Override
  public void close() {
    row.close();
    pool.close();
  }
}
