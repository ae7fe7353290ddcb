/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.pipeline;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.SQLException;
import org.occ4j.testkit.TestDatabase;

/** Who carries out a whole mutation. */
public enum PipelineRival {
  /** This library's pipeline. */
  OCC,
  /** The transaction that a careful engineer writes. */
  HAND_WRITTEN,
  /** Hibernate with {@code @Version} and a retry at once; the hot row only. */
  HIBERNATE_RETRY;

  private static final int CONNECTION_TIMEOUT_MILLIS = 60_000;

  /** Whether it can do what is asked. */
  boolean does(PipelineCase.Kind kind) {
    return this != HIBERNATE_RETRY || kind == PipelineCase.Kind.HOT;
  }

  /** Whether a mutation that is sent again gets the same answer. */
  boolean replays() {
    return this != HIBERNATE_RETRY;
  }

  /**
   * Makes its tables and a pool.
   *
   * @param direct where the tables are made
   * @param reached the same database, as the pool reaches it
   */
  Mutations open(TestDatabase direct, TestDatabase reached, int connections, PipelineCase.Kind kind)
      throws SQLException {
    if (kind.audited()) {
      AuditTable.create(direct);
    }
    HikariDataSource pool = pool(reached, connections, this == OCC);
    return kind.mapped()
        ? open(direct, pool, new TaskRows(), false)
        : open(direct, pool, new PayloadRows(), kind.audited());
  }

  private <V> Mutations open(
      TestDatabase direct, HikariDataSource pool, RowShape<V> rows, boolean audited)
      throws SQLException {
    return switch (this) {
      case OCC -> new OccMutations<>(direct, pool, rows, audited);
      case HAND_WRITTEN -> {
        HandWrittenTables.create(direct);
        rows.create(direct);
        yield new HandWritten<>(direct.engine(), pool, rows, audited);
      }
      case HIBERNATE_RETRY -> new HibernateHotRow(pool);
    };
  }

  /** A pool as the rival is fastest with: none of them has to switch the mode of a connection. */
  private static HikariDataSource pool(TestDatabase database, int connections, boolean autoCommit) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(database.jdbcUrl());
    config.setUsername(database.user());
    config.setPassword(database.password());
    config.setMaximumPoolSize(connections);
    config.setMinimumIdle(connections);
    config.setConnectionTimeout(CONNECTION_TIMEOUT_MILLIS);
    config.setKeepaliveTime(0);
    config.setAutoCommit(autoCommit);
    return new HikariDataSource(config);
  }
}
