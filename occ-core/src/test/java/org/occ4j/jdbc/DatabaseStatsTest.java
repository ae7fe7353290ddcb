/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.Fingerprint;
import org.occ4j.KeyCodec;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.StoreUnavailableException;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.idempotency.IdempotencyRegistry;
import org.occ4j.idempotency.Outcome;
import org.occ4j.idempotency.RegistryStats;
import org.occ4j.jdbc.DatabaseHealth.State;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutex.Hold;
import org.occ4j.store.StoreStats;
import org.occ4j.testkit.Engine;

/** What is counted of each part, and how it says that it is. */
class DatabaseStatsTest {
  private static final Duration NEVER = Duration.ofHours(1);
  private static final IdempotencyOptions<String> HOW =
      IdempotencyOptions.builder(Codec.strings())
          .fingerprint(Fingerprint.of(new byte[] {1}))
          .build();
  private static final IdempotencyOptions<String> OTHER_PAYLOAD =
      HOW.toBuilder().fingerprint(Fingerprint.of(new byte[] {2})).build();

  private HikariDataSource pool;
  private SwitchedDataSource switched;
  private final AtomicLong ahead = new AtomicLong();
  private OccDatabase db;
  private JdbcVersionedStore<String, String> tasks;

  @BeforeEach
  void open() {
    pool = Engine.H2_MEMORY.server().newDatabase().pool(4);
    switched = new SwitchedDataSource(pool);
    db =
        OccDatabase.builder(switched)
            .createSchema()
            .pollInterval(NEVER)
            .ticker(() -> System.nanoTime() + ahead.get())
            .open();
    tasks = db.store("task", KeyCodec.strings(), Codec.strings());
  }

  @AfterEach
  void close() {
    switched.on();
    db.close();
    pool.close();
  }

  private static MutationId id() {
    return new MutationId(new Scope("acme", "ada", "task.put"), UUID.randomUUID());
  }

  @Test
  void stats_storeReadAndWritten_countsConflictsAndTimes() {
    tasks.put("1", "x", Expected.any());
    tasks.by("ada").put("1", "y", Expected.absent());
    db.store("task", KeyCodec.strings(), Codec.strings()).get("1");
    switched.off();
    assertThatThrownBy(() -> tasks.get("1")).isInstanceOf(StoreUnavailableException.class);
    StoreStats stats = db.stats().stores().get("task");
    assertThat(stats.conflicts()).isOne();
    assertThat(stats.failures()).isOne();
    assertThat(stats.readTimes().count()).isGreaterThanOrEqualTo(2);
    assertThat(stats.writeTimes().count()).isGreaterThanOrEqualTo(2);
    assertThat(stats).isEqualTo(tasks.stats());
  }

  @Test
  void stats_pipelinesOverOneStore_areCountedTogether() throws Exception {
    for (int i = 0; i < 2; i++) {
      JdbcMutationPipeline<String, String> pipeline = db.pipeline(tasks, Codec.strings()).build();
      pipeline.apply(Mutation.of(id(), "k" + i, Expected.any(), Edit.set("v")).build());
    }
    assertThat(db.stats().pipelines()).containsOnlyKeys("task");
    assertThat(db.stats().pipelines().get("task").applied()).isEqualTo(2);
    assertThat(db.stats().registry().executed()).isEqualTo(2);
  }

  @Test
  void stats_registry_countsEachOutcome() throws Exception {
    assertThat(counted(db.idempotency())).isEqualTo(new RegistryStats(1, 1, 1, 1, 0, 0));
  }

  @Test
  void stats_registryInMemory_countsTheSame() throws Exception {
    assertThat(counted(IdempotencyRegistry.inMemory()))
        .isEqualTo(new RegistryStats(1, 1, 1, 1, 0, 0));
  }

  private static RegistryStats counted(IdempotencyRegistry registry) throws Exception {
    MutationId id = id();
    registry.execute(
        id,
        HOW,
        context -> {
          Thread beside =
              new Thread(
                  () -> {
                    try {
                      registry.execute(id, HOW, again -> "beside");
                    } catch (Exception unexpected) {
                      throw new IllegalStateException(unexpected);
                    }
                  });
          beside.start();
          beside.join();
          return "x";
        });
    registry.execute(id, HOW, context -> "again");
    assertThat(registry.execute(id, OTHER_PAYLOAD, context -> "other"))
        .isInstanceOf(Outcome.Refused.class);
    return registry.stats();
  }

  @Test
  void stats_mutexes_areByNamespaceWithoutTheLibrarysOwn() throws Exception {
    db.housekeeper().run();
    try (Hold<String> hold = db.mutex("orders").acquire("1")) {
      assertThat(db.stats().mutexes()).containsOnlyKeys("orders");
      assertThat(db.stats().mutexes().get("orders").heldKeys()).isOne();
    }
    assertThat(db.stats().housekeeping().runs()).isOne();
  }

  @Test
  void stats_feed_countsPollsAndWhatTheyRead() {
    assertThat(db.stats().changes().following()).isFalse();
    db.changes().follow(change -> {});
    tasks.recordChanges(true).put("1", "x", Expected.any());
    db.changes().poll();
    switched.off();
    assertThatThrownBy(() -> db.changes().poll()).isInstanceOf(StoreUnavailableException.class);
    assertThat(db.stats().changes())
        .satisfies(
            feed -> {
              assertThat(feed.following()).isTrue();
              assertThat(feed.polls()).isPositive();
              assertThat(feed.failedPolls()).isPositive();
              assertThat(feed.read()).isOne();
              assertThat(feed.missed()).isZero();
            });
  }

  // ---- health

  @Test
  void health_allWell_isUp() {
    assertThat(db.health().state()).isEqualTo(State.UP);
    assertThat(db.health().parts())
        .extracting(DatabaseHealth.Part::name)
        .containsExactly("database", "changes", "housekeeping");
  }

  @Test
  void health_databaseOutOfReach_isDownWithoutTheDriversWords() {
    switched.off();
    assertThat(db.health().state()).isEqualTo(State.DOWN);
    assertThat(db.health().parts().get(0))
        .isEqualTo(new DatabaseHealth.Part("database", State.DOWN, "the database does not answer"));
  }

  @Test
  void health_feedNotReadForLong_isDegradedAndThenDown() {
    db.changes().follow(change -> {});
    db.changes().poll();
    assertThat(part("changes").state()).isEqualTo(State.UP);
    ahead.addAndGet(NEVER.multipliedBy(4).toNanos());
    assertThat(part("changes").state()).isEqualTo(State.DOWN);
  }

  @Test
  void health_housekeepingCutShort_isDegradedUntilItSucceeds() {
    switched.off();
    db.housekeeper().run();
    assertThat(part("housekeeping").state()).isEqualTo(State.DEGRADED);
    switched.on();
    db.housekeeper().run();
    assertThat(part("housekeeping").state()).isEqualTo(State.UP);
  }

  private DatabaseHealth.Part part(String name) {
    return db.health().parts().stream()
        .filter(part -> part.name().equals(name))
        .findFirst()
        .orElseThrow();
  }
}
