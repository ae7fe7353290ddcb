/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.occ4j.Expected;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationResult;
import org.occ4j.mutation.MutationResult.Applied;
import org.occ4j.mutation.MutationResult.Conflicted;
import org.occ4j.mutation.MutationResult.Rejected;
import org.occ4j.mutation.Rejection;
import org.occ4j.testkit.Concurrently;
import org.occ4j.testkit.Engine;

/**
 * Rows of an edit are there exactly if the mutation was applied, whoever writes at the same time.
 */
abstract class SqlEditRivalsContract extends SqlEditFixture {
  SqlEditRivalsContract(Engine engine) {
    super(engine);
  }

  @Test
  void apply_twoNodesOnOneHotKey_writesOneRowOfTheEditsForEachAppliedMutation() throws Exception {
    List<JdbcMutationPipeline<String, String>> nodes = List.of(pipeline(here), pipeline(there));
    AtomicInteger runs = new AtomicInteger();
    int each = 15;
    Concurrently.threads(6)
        .run(
            runner -> {
              for (int i = 0; i < each; i++) {
                Mutation<String, String> mutation = mutation(Expected.any());
                nodes.get(i % 2).apply(mutation, counting(mutation, runs));
              }
              return null;
            })
        .values();
    assertThat(store(here).get("a").orElseThrow().value()).isEqualTo(String.valueOf(6 * each));
    assertThat(rows("audit")).isEqualTo(6L * each);
    assertThat(number("SELECT COUNT(DISTINCT mutation) FROM audit")).isEqualTo(6L * each);
  }

  /** The broken twin: read without a lock, write, and on a loss again in the same transaction. */
  @Test
  void readWithoutLock_onOneHotKey_doublesRows() throws Exception {
    JdbcVersionedStore<String, String> plain = store(here);
    plain.put("a", "0", Expected.absent());
    Mutation<String, String> mutation = mutation(Expected.any());
    try (Connection transaction = database.connect()) {
      transaction.setAutoCommit(false);
      JoinedStore<String, String> open = plain.joining(transaction);
      for (int run = 0; run < 2; run++) {
        long version = open.get("a").orElseThrow().version();
        audit(transaction, mutation, "run " + run);
        if (run == 0) {
          store(there).put("a", "rival", Expected.present());
        }
        open.put("a", "mine", Expected.version(version));
      }
      transaction.commit();
    }
    assertThat(rows("audit")).isEqualTo(2);
  }

  @Test
  void apply_rivalTriesToComeBetween_waitsForTheRow() throws Exception {
    long version = store(here).put("a", "0", Expected.absent()).orThrow().version();
    Mutation<String, String> mutation = mutation(Expected.version(version));
    List<Thread> rivals = new ArrayList<>();
    MutationResult<String> result =
        pipeline(here)
            .apply(
                mutation,
                (key, before, transaction) -> {
                  audit(transaction, mutation, "mine");
                  rivals.add(rival());
                  return "mine";
                });
    assertThat(result).isInstanceOf(Applied.class);
    for (Thread rival : rivals) {
      rival.join();
    }
    assertThat(rows("audit")).isEqualTo(1);
    assertThat(store(here).get("a").orElseThrow().value()).isEqualTo("rival");
  }

  @Test
  void apply_rivalCreatesTheKeyDuringTheEdit_runsAgainAndLeavesOneRow() throws Exception {
    Mutation<String, String> mutation = mutation(Expected.any());
    AtomicInteger runs = new AtomicInteger();
    MutationResult<String> result =
        pipeline(here)
            .apply(
                mutation,
                (key, before, transaction) -> {
                  if (runs.incrementAndGet() == 1) {
                    store(there).put("a", "rival", Expected.absent());
                  }
                  audit(transaction, mutation, "run " + runs);
                  return (before == null ? "new" : before.value()) + "+mine";
                });
    assertThat(((Applied<String>) result).current().value()).isEqualTo("rival+mine");
    assertThat(rows("audit")).isEqualTo(1);
  }

  @Test
  void apply_rivalCreatesTheKeyThatIsToBeAbsent_isConflictedAndLeavesNoRow() throws Exception {
    Mutation<String, String> mutation = mutation(Expected.absent());
    MutationResult<String> result =
        pipeline(here)
            .apply(
                mutation,
                (key, before, transaction) -> {
                  audit(transaction, mutation, "lost");
                  store(there).put("a", "rival", Expected.absent());
                  return "mine";
                });
    assertThat(result).isInstanceOf(Conflicted.class);
    assertThat(rows("audit") + rows("occ_mutation")).isZero();
  }

  @Test
  void apply_rivalCreatesTheKeyAndTheSecondRunRejects_leavesNoRowOfEitherRun() throws Exception {
    Mutation<String, String> mutation = mutation(Expected.any());
    MutationResult<String> result =
        pipeline(here)
            .apply(
                mutation,
                (key, before, transaction) -> {
                  audit(transaction, mutation, "undone");
                  if (before != null) {
                    throw new Rejection("taken", "somebody was here");
                  }
                  store(there).put("a", "rival", Expected.absent());
                  return "mine";
                });
    assertThat(result).isEqualTo(new Rejected<String>("taken", "somebody was here", false));
    assertThat(rows("audit")).isZero();
    assertThat(rows("occ_mutation")).isEqualTo(1);
  }

  @Test
  void apply_sameMutationElsewhereDuringTheEdit_isReplayedAndLeavesOneRow() throws Exception {
    Mutation<String, String> mutation = mutation(Expected.any());
    SqlEdit<String, String> simple =
        (key, before, transaction) -> {
          audit(transaction, mutation, "there");
          return "there";
        };
    AtomicInteger runs = new AtomicInteger();
    MutationResult<String> result =
        pipeline(here)
            .apply(
                mutation,
                (key, before, transaction) -> {
                  runs.incrementAndGet();
                  audit(transaction, mutation, "here");
                  if (before == null) {
                    applied(pipeline(there), mutation, simple);
                  }
                  return "here";
                });
    assertThat(((Applied<String>) result).replayed()).isTrue();
    assertThat(((Applied<String>) result).current().value()).isEqualTo("there");
    assertThat(rows("audit")).isEqualTo(1);
    assertThat(runs).hasValue(1);
  }

  private static void applied(
      JdbcMutationPipeline<String, String> pipeline,
      Mutation<String, String> mutation,
      SqlEdit<String, String> edit) {
    try {
      assertThat(pipeline.apply(mutation, edit)).isInstanceOf(Applied.class);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
