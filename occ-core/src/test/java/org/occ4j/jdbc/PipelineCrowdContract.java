/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.MutationId;
import org.occ4j.Versioned;
import org.occ4j.change.Change;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationResult;
import org.occ4j.mutation.MutationResult.Applied;
import org.occ4j.mutation.MutationResult.Conflicted;
import org.occ4j.mutation.MutationResult.Rejected;
import org.occ4j.mutation.Rejection;
import org.occ4j.testkit.Concurrently;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.Running;

/**
 * Mutations that share statements, because they wait for one key or for a place: each has its own
 * answer, and what is special about one touches nobody else.
 */
abstract class PipelineCrowdContract extends TwoNodePipelineFixture {
  private static final int POOL_SIZE = 8;

  JdbcVersionedStore<String, String> store;

  PipelineCrowdContract(Engine engine) {
    super(engine, POOL_SIZE);
  }

  @BeforeEach
  void openStore() throws SQLException {
    store = storeOf(here);
  }

  /** The store of a node; in the library's own table unless a subclass has another one. */
  JdbcVersionedStore<String, String> storeOf(OccDatabase node) {
    return store(node);
  }

  final JdbcMutationPipeline<String, String> pipeline(OccDatabase node, int places) {
    return node.pipeline(storeOf(node), Codec.strings()).statementsAtOnce(places).build();
  }

  static Mutation<String, String> mutation(String key, Expected expected, Edit<String> edit) {
    return Mutation.of(id(), key, expected, edit).build();
  }

  static Edit<String> counting() {
    return current -> String.valueOf(current == null ? 1 : Integer.parseInt(current) + 1);
  }

  // ---- one key

  @Test
  void apply_waitingForOneKey_shareAStatementAndHaveTheirOwnAnswers() throws Exception {
    requireOwnAnswers(pipeline(here, 1));
  }

  /** Mutations of one key that wait together. */
  final void requireOwnAnswers(JdbcMutationPipeline<String, String> pipeline) throws Exception {
    ConcurrentLinkedQueue<Change> told = new ConcurrentLinkedQueue<>();
    here.changes().followDirectly(told::add);
    List<Mutation<String, String>> mutations = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      mutations.add(mutation("a", Expected.present(), counting()));
    }
    List<Running<MutationResult<String>>> callers = TakenPlace.together(pipeline, "a", mutations);
    long last = 0;
    for (int i = 0; i < 10; i++) {
      Versioned<String> state = ((Applied<String>) callers.get(i).result()).current();
      assertThat(state.value()).isEqualTo(String.valueOf(i + 1));
      assertThat(state.version()).isGreaterThan(last);
      last = state.version();
      assertThat(pipeline(there, 1).apply(mutations.get(i)))
          .as("the answer of " + i + " elsewhere")
          .isEqualTo(new Applied<>(state, true));
    }
    assertThat(store.get("a").orElseThrow().version()).isEqualTo(last);
    assertThat(told).hasSize(11);
    assertThat(told.stream().map(Change::version).distinct()).hasSize(11);
    assertThat(told.stream().map(change -> change.token().position()).distinct()).hasSize(11);
    assertThat(rows("occ_change")).isEqualTo(11);
    assertThat(pipeline.stats().batches().max()).isEqualTo(10);
  }

  /** Together they are more than MariaDB takes at once, and each is more than an answer may be. */
  @Test
  void apply_largeValuesOfManyKeysWait_areNotSentAtOnce() throws Exception {
    String large = "x".repeat(3 << 20);
    JdbcMutationPipeline<String, String> pipeline = pipeline(here, 1);
    List<Mutation<String, String>> mutations = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      store.put("key" + i, "before", Expected.absent()).orThrow();
      mutations.add(mutation("key" + i, Expected.present(), current -> current + large));
    }
    for (Running<MutationResult<String>> caller : TakenPlace.together(pipeline, "a", mutations)) {
      assertThat(caller.result()).isInstanceOf(Applied.class);
    }
  }

  @Test
  void apply_inAGroup_whatIsSpecialAboutOneTouchesNobodyElse() throws Exception {
    JdbcMutationPipeline<String, String> pipeline = pipeline(here, 1);
    MutationId twice = id();
    Mutation<String, String> done = Mutation.of(twice, "a", Expected.any(), Edit.set("z")).build();
    pipeline(there, 1).apply(done);
    IllegalStateException bug = new IllegalStateException("bug");
    List<Mutation<String, String>> mutations =
        List.of(
            mutation("a", Expected.present(), counting()),
            mutation(
                "a",
                Expected.present(),
                current -> {
                  throw new Rejection("no", "never at " + current);
                }),
            mutation(
                "a",
                Expected.present(),
                current -> {
                  throw bug;
                }),
            mutation("a", Expected.version(7), counting()),
            mutation("a", Expected.absent(), counting()),
            Mutation.of(twice, "a", Expected.any(), counting()).build(),
            mutation("a", Expected.any(), counting()),
            mutation("a", Expected.any(), Edit.delete()),
            mutation("a", Expected.any(), counting()));
    List<Running<MutationResult<String>>> callers = TakenPlace.together(pipeline, "a", mutations);
    assertThat(callers.get(0).result()).isInstanceOf(Applied.class);
    assertThat(callers.get(1).result()).isInstanceOf(Rejected.class);
    assertThatThrownBy(() -> callers.get(2).result()).isSameAs(bug);
    assertThat(callers.get(3).result()).isInstanceOf(Conflicted.class);
    assertThat(callers.get(4).result())
        .isInstanceOfAny(Conflicted.class, Applied.class); // Absent, if the deletion came first.
    assertThat(((Applied<String>) callers.get(5).result()).replayed()).isTrue();
    assertThat(((Applied<String>) callers.get(6).result()).replayed()).isFalse();
    assertThat(((Applied<String>) callers.get(7).result()).current()).isNull();
    assertThat(((Applied<String>) callers.get(8).result()).replayed()).isFalse();
    for (int i : List.of(0, 1, 6, 7, 8)) {
      MutationResult<String> again = pipeline(there, 1).apply(mutations.get(i));
      assertThat(again instanceof Applied<String> applied ? applied.current() : again)
          .as("the answer of " + i)
          .isEqualTo(
              callers.get(i).result() instanceof Applied<String> first
                  ? first.current()
                  : new Rejected<String>("no", ((Rejected<String>) again).detail(), true));
    }
  }

  // ---- many keys

  @Test
  void apply_noPlace_mutationsOfManyKeysShareStatements() throws Exception {
    JdbcMutationPipeline<String, String> pipeline = pipeline(here, 1);
    List<Mutation<String, String>> mutations = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      String key = "k" + i;
      long version = store.put(key, "0", Expected.absent()).orThrow().version();
      mutations.add(mutation(key, Expected.version(version), counting()));
    }
    store.put("k3", "rival", Expected.present());
    List<Running<MutationResult<String>>> callers = TakenPlace.together(pipeline, "z", mutations);
    for (int i = 0; i < 20; i++) {
      MutationResult<String> result = callers.get(i).result();
      if (i == 3) {
        assertThat(((Conflicted<String>) result).current())
            .isEqualTo(store.get("k3").orElseThrow());
      } else {
        assertThat(((Applied<String>) result).current())
            .isEqualTo(store.get("k" + i).orElseThrow());
      }
    }
    assertThat(pipeline.stats().batches().max()).isEqualTo(20);
    assertThat(rows("occ_mutation")).isEqualTo(20);
  }

  @Test
  void apply_rowOfOneIsLocked_holdsUpNobodyElse() throws Exception {
    requireLockedRowHoldsUpNobodyElse(pipeline(here, 1), store);
  }

  // ---- everything at once

  /**
   * Two nodes, hot and cold keys, edits with statements, duplicates, creates and deletes: every
   * acknowledged effect is there once, each version belongs to one mutation, replays equal the
   * first answer, and audit rows match the applied mutations.
   */
  @Test
  void apply_twoNodesManyThreadsAllKinds_keepsEveryPromise() throws Exception {
    requireEveryPromise(List.of(pipeline(here, 2), pipeline(there, 2)));
  }

  final void requireEveryPromise(List<JdbcMutationPipeline<String, String>> nodes)
      throws Exception {
    Map<String, AtomicInteger> added = Collections.synchronizedMap(new HashMap<>());
    ConcurrentLinkedQueue<String> written = new ConcurrentLinkedQueue<>();
    Set<String> audited = Collections.synchronizedSet(new HashSet<>());
    Concurrently.threads(12)
        .run(
            runner -> {
              for (int i = 0; i < 25; i++) {
                String key = i % 3 == 0 ? "hot" : "cold" + runner;
                JdbcMutationPipeline<String, String> node = nodes.get(i % 2);
                Mutation<String, String> mutation = mutation(key, Expected.any(), counting());
                MutationResult<String> result =
                    i % 5 == 0 ? audited(node, mutation) : node.apply(mutation);
                assertThat(result).isInstanceOf(Applied.class);
                if (i % 5 == 0) {
                  audited.add(mutation.id().clientMutationId().toString());
                }
                written.add(key + "@" + ((Applied<String>) result).current().version());
                added.computeIfAbsent(key, none -> new AtomicInteger()).incrementAndGet();
                if (i % 7 == 0) {
                  assertThat(nodes.get((i + 1) % 2).apply(mutation))
                      .isEqualTo(new Applied<>(((Applied<String>) result).current(), true));
                }
              }
              return null;
            })
        .values();
    for (Map.Entry<String, AtomicInteger> key : added.entrySet()) {
      assertThat(store.get(key.getKey()).orElseThrow().value())
          .isEqualTo(String.valueOf(key.getValue().get()));
    }
    assertThat(written).as("versions of their keys").doesNotHaveDuplicates().hasSize(300);
    assertThat(rows("occ_change")).isEqualTo(written.size());
    assertThat(rows("occ_mutation")).isEqualTo(written.size());
    assertThat(rows("audit")).isEqualTo(audited.size());
  }

  private static MutationResult<String> audited(
      JdbcMutationPipeline<String, String> node, Mutation<String, String> mutation)
      throws InterruptedException {
    return node.apply(
        mutation,
        (key, before, transaction) -> {
          try (PreparedStatement insert =
              transaction.prepareStatement("INSERT INTO audit VALUES (?, ?)")) {
            insert.setString(1, mutation.id().clientMutationId().toString());
            insert.setString(2, key);
            insert.executeUpdate();
          }
          return mutation.edit().apply(before == null ? null : before.value());
        });
  }
}
