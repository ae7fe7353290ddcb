/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.store;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.TestDatabase;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One compare-and-set over JDBC that wins, and one that loses and returns what is there, each a
 * transaction of its own through the same pool.
 *
 * <p>Run by {@link JdbcStoreTable}, which starts the server.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(3)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@State(Scope.Benchmark)
public class JdbcStoreBenchmark {
  private static final int PAYLOAD_BYTES = 200;

  /** Less than every version that a row of either rival has. */
  private static final long OLD_VERSION = 0;

  /** Who writes the rows. */
  @Param public RowRival rival = RowRival.OCC;

  private final String[] keys = RandomKeys.all();
  private final long[] versions = new long[RandomKeys.COUNT];
  private final byte[] payload = new byte[PAYLOAD_BYTES];
  private final TestDatabase database = BenchmarkDatabase.given();
  private final HikariDataSource pool = database.pool(1);
  private RowRival.Rows rows = rival.open(pool);

  /** Makes the rows. */
  @Setup
  public void prepare() throws SQLException {
    boolean postgresql = database.engine() == Engine.POSTGRESQL;
    database.execute(
        "DROP TABLE IF EXISTS hand_written",
        "CREATE TABLE hand_written (id VARCHAR(100) PRIMARY KEY, version BIGINT NOT NULL, payload "
            + (postgresql ? "BYTEA" : "VARBINARY(2000)")
            + " NOT NULL)");
    rows = rival.open(pool);
    for (int i = 0; i < keys.length; i++) {
      versions[i] = rows.begin(keys[i], payload);
    }
  }

  /** Ends threads and connections. */
  @TearDown
  public void end() {
    rows.close();
    pool.close();
  }

  /** Replaces a random row by the version that it has. */
  @Benchmark
  public long put(RandomKeys random) throws SQLException {
    int index = random.next();
    versions[index] = rows.put(keys[index], payload, versions[index]);
    return versions[index];
  }

  /** Tries to replace a random row by a version that it no longer has. */
  @Benchmark
  public long conflict(RandomKeys random) throws SQLException {
    return rows.put(keys[random.next()], payload, OLD_VERSION);
  }
}
