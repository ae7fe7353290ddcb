/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.occ4j.Codec;
import org.occ4j.KeyCodec;
import org.occ4j.jdbc.internal.lease.LeaseOptions;
import org.occ4j.mutation.MutationPipeline;
import org.occ4j.mutex.KeyedMutex;
import org.occ4j.store.VersionedStore;
import org.occ4j.testkit.CapturedLog;
import org.occ4j.testkit.Engine;

/** Leases and the patience of mutations fit each other, or the log says so. */
@ResourceLock(Resources.SYSTEM_ERR)
class PipelineTurnsTest {
  /** What it takes to look again, once a lease has ended. */
  private static final Duration MARGIN = Duration.ofSeconds(2);

  private HikariDataSource pool;
  private OccDatabase database;

  @BeforeEach
  void open() {
    pool = Engine.H2_MEMORY.server().newDatabase().pool(2);
    database = OccDatabase.builder(pool).createSchema().open();
  }

  @AfterEach
  void close() {
    database.close();
    pool.close();
  }

  private JdbcPipelineBuilder<String, String> pipeline() {
    return database.pipeline(
        database.store("task", KeyCodec.strings(), Codec.strings()), Codec.strings());
  }

  private static boolean warns(JdbcPipelineBuilder<?, ?> builder) {
    try (CapturedLog log = new CapturedLog()) {
      builder.build();
      return log.lines().anyMatch(line -> line.contains("turnTimeout longer"));
    }
  }

  @Test
  void defaults_leaseAndPatience_fitEachOther() {
    assertThat(LeaseOptions.DEFAULT.length().plus(MARGIN))
        .isLessThanOrEqualTo(JdbcPipelineBuilder.DEFAULT_TURN_TIMEOUT);
    assertThat(warns(pipeline())).isFalse();
    assertThat(warns(pipeline().mutex(database.mutex("turns")))).isFalse();
  }

  @Test
  void build_leaseOutlastsThePatience_isWarnedOf() {
    JdbcKeyedMutex<String> turns = database.mutex("turns");
    assertThat(warns(pipeline().mutex(turns.lease(Duration.ofSeconds(30))))).isTrue();
    assertThat(warns(pipeline().mutex(turns).turnTimeout(Duration.ofSeconds(5)))).isTrue();
    assertThat(
            warns(
                pipeline()
                    .mutex(turns.lease(Duration.ofSeconds(30)))
                    .turnTimeout(Duration.ofSeconds(40))))
        .isFalse();
  }

  @Test
  void build_overAStoreInMemory_isWarnedOfTheSame() {
    JdbcKeyedMutex<String> turns = database.mutex("turns");
    assertThat(warnsInMemory(turns.lease(Duration.ofSeconds(30)))).isTrue();
    assertThat(warnsInMemory(turns)).isFalse();
    assertThat(warnsInMemory(KeyedMutex.inMemory())).isFalse();
  }

  private static boolean warnsInMemory(KeyedMutex<String> turns) {
    try (CapturedLog log = new CapturedLog()) {
      MutationPipeline.inMemory(VersionedStore.<String, String>inMemory(KeyCodec.strings()))
          .mutex(turns)
          .build();
      return log.lines().anyMatch(line -> line.contains("turnTimeout longer"));
    }
  }
}
