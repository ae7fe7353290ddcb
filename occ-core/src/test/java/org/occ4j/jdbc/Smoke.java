/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.occ4j.testkit.Patience.await;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.Tag;
import org.occ4j.Versioned;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.idempotency.Outcome;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationResult;
import org.occ4j.mutex.Hold;
import org.occ4j.store.Commit;
import org.occ4j.store.Scan;
import org.occ4j.store.Write;
import org.occ4j.testkit.RecordingFollower;

/** Every statement that the library has, each at least once, with the answers checked. */
final class Smoke {
  private static final IdempotencyOptions<String> HOW =
      IdempotencyOptions.returning(Codec.strings());

  private final OccDatabase node;

  /** Its own names, so that it can be run again on one database. */
  private final String run = UUID.randomUUID().toString();

  private Smoke(OccDatabase node) {
    this.node = node;
  }

  static void run(OccDatabase node) {
    Smoke smoke = new Smoke(node);
    try {
      smoke.store();
      smoke.changes();
      smoke.registry();
      smoke.pipeline();
      smoke.mutex();
    } catch (Exception failure) {
      throw new IllegalStateException(failure);
    }
  }

  private void store() throws SQLException {
    JdbcVersionedStore<String, String> store =
        node.store(run, KeyCodec.strings(), Codec.strings()).by("ann");
    Versioned<String> first = store.put("a", "", Expected.absent()).orThrow();
    assertThat(store.get("a")).contains(first);
    assertThat(store.put("a", "x", Expected.absent()).isApplied()).isFalse();
    Versioned<String> next = store.put("a", "b", Expected.version(first.version())).orThrow();
    assertThat(store.put("a", "x", Expected.version(first.version())).isApplied()).isFalse();
    store
        .writeAll(
            List.of(Write.put("b", "2", Expected.any()), Write.put("c", "3", Expected.absent())))
        .items()
        .forEach(item -> assertThat(item.orThrow().isApplied()).isTrue());
    assertThat(store.scan(Scan.all(2)).entries())
        .extracting(entry -> entry.key())
        .containsExactly("a", "b");
    Commit<String, String> commit =
        Commit.<String, String>empty()
            .read("a", Expected.version(next.version()))
            .put("d", "4", Expected.absent())
            .delete("c", Expected.present());
    assertThat(store.commit(commit).isApplied()).isTrue();
    assertThat(store.commit(commit).isApplied()).isFalse();
    inTransaction(
        connection -> store.joining(connection).put("d", "5", Expected.present()).orThrow());
    assertThat(store.delete("b", Expected.any()).isApplied()).isTrue();
    assertThat(store.getAll(List.of("a", "b", "c", "d"))).containsOnlyKeys("a", "d");
  }

  private void changes() {
    JdbcVersionedStore<String, String> store =
        node.store(run, KeyCodec.strings(), Codec.strings()).recordChanges(true);
    RecordingFollower follower = new RecordingFollower();
    try (var subscription = node.changes().follow(follower)) {
      store.put("seen", "1", Expected.any()).orThrow();
      store.tagging(java.util.Set.of(Tag.of("t", "1"))).put("seen", "2", Expected.any()).orThrow();
      store.delete("seen", Expected.any()).orThrow();
      await()
          .atMost(Duration.ofSeconds(30))
          .until(
              () ->
                  follower.changes().stream().filter(one -> one.source().equals(run)).count() == 3);
    }
    node.changes().purge(10);
  }

  private void registry() throws Exception {
    MutationId id = id("once");
    assertThat(node.idempotency().execute(id, HOW, context -> ""))
        .isInstanceOf(Outcome.Executed.class);
    assertThat(node.idempotency().execute(id, HOW, context -> "again"))
        .isInstanceOf(Outcome.Replayed.class);
    MutationId within = id("within");
    for (int i = 0; i < 2; i++) {
      Class<?> expected = i == 0 ? Outcome.Executed.class : Outcome.Replayed.class;
      assertThat(
              node.idempotency()
                  .executeInTransaction(within, HOW, (connection, context) -> "answer"))
          .isInstanceOf(expected);
    }
    assertThat(node.idempotency().find(id)).isPresent();
    assertThat(node.idempotency().forget(id)).isTrue();
    node.idempotency().purge(10);
  }

  private void pipeline() throws InterruptedException {
    JdbcMutationPipeline<String, String> pipeline =
        node.pipeline(node.store(run, KeyCodec.strings(), Codec.strings()), Codec.strings())
            .build();
    Mutation<String, String> mutation =
        Mutation.of(id("mutation"), "p", Expected.absent(), Edit.set("value")).build();
    for (int i = 0; i < 2; i++) {
      assertThat(pipeline.apply(mutation)).isInstanceOf(MutationResult.Applied.class);
    }
    Mutation<String, String> late =
        Mutation.of(id("late"), "p", Expected.absent(), Edit.set("other")).build();
    assertThat(pipeline.apply(late)).isInstanceOf(MutationResult.Conflicted.class);
  }

  private void mutex() throws Exception {
    JdbcKeyedMutex<String> mutex = node.mutex(run);
    try (Hold<String> hold = mutex.acquire("k", Duration.ofSeconds(10))) {
      assertThat(mutex.holder("k")).isPresent();
      inTransaction(connection -> mutex.guard(connection, hold));
    }
    inTransaction(
        connection -> {
          try {
            mutex.acquireInTransaction(connection, "k", Duration.ofSeconds(10));
          } catch (Exception failure) {
            throw new IllegalStateException(failure);
          }
        });
    mutex.acquireAll(List.of("k", "l"), Duration.ofSeconds(10)).close();
    mutex.sweep(Duration.ofDays(1));
  }

  private MutationId id(String operation) {
    return new MutationId(new Scope("t", "p", operation), UUID.randomUUID());
  }

  private interface Work {
    void run(Connection connection) throws SQLException;
  }

  private void inTransaction(Work work) {
    node.context()
        .transactions()
        .<Boolean, RuntimeException>transaction(
            connection -> {
              work.run(connection);
              return true;
            });
  }
}
