/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.idempotency;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.SQLException;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.occ4j.jmh.store.BenchmarkDatabase;
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
 * A mutation that was never seen, whose effect is one row, and one that is sent again, of each
 * rival through the same kind of pool.
 *
 * <p>Run by {@link JdbcIdempotencyTable}, which starts the server. PostgreSQL only: the rivals'
 * statements are in its dialect.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(3)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@State(Scope.Benchmark)
public class JdbcRegistryBenchmark {
  private static final int KNOWN = 256;
  private static final int CONNECTIONS = 8;
  private static final String ANSWER = "{\"task\":\"" + "x".repeat(290) + "\"}";

  /** Who carries them out. */
  @Param public MutationRival rival = MutationRival.OCC;

  private final UUID[] known = new UUID[KNOWN];
  private final TestDatabase database = BenchmarkDatabase.given();
  private final HikariDataSource pool = database.pool(CONNECTIONS);
  private MutationRival.@Nullable Mutations mutations;

  /** Makes the tables, and carries some out. */
  @Setup
  public void prepare() throws Exception {
    createTables();
    mutations = rival.open(pool);
    for (int i = 0; i < KNOWN; i++) {
      known[i] = drawn();
      once(known[i]);
    }
  }

  private void createTables() throws SQLException {
    database.execute(
        "DROP TABLE IF EXISTS note",
        "CREATE TABLE note (id VARCHAR(36) PRIMARY KEY, text VARCHAR(1000) NOT NULL)",
        "DROP TABLE IF EXISTS mutation",
        "CREATE TABLE mutation (id VARCHAR(36) PRIMARY KEY, state VARCHAR(10) NOT NULL,"
            + " answer VARCHAR(1000), claimed_at TIMESTAMP NOT NULL)",
        "DROP TABLE IF EXISTS INT_METADATA_STORE",
        "CREATE TABLE INT_METADATA_STORE (METADATA_KEY VARCHAR(255) NOT NULL,"
            + " METADATA_VALUE VARCHAR(4000), REGION VARCHAR(100) NOT NULL,"
            + " PRIMARY KEY (METADATA_KEY, REGION))");
  }

  /** Ends threads and connections. */
  @TearDown
  public void end() {
    if (mutations != null) {
      mutations.close();
    }
    pool.close();
  }

  private @Nullable String once(UUID id) throws Exception {
    if (mutations == null) {
      throw new IllegalStateException("not prepared");
    }
    return mutations.once(id, ANSWER);
  }

  /** A UUID without a secure random, which would be measured too. */
  private static UUID drawn() {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    return new UUID(random.nextLong(), random.nextLong());
  }

  /** Carries out a new one. */
  @Benchmark
  public @Nullable String firstRun() throws Exception {
    return once(drawn());
  }

  /** Sends one again. */
  @Benchmark
  public @Nullable String replay() throws Exception {
    return once(known[ThreadLocalRandom.current().nextInt(KNOWN)]);
  }
}
