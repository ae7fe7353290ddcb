/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.TransactionConflictException;
import org.occ4j.Versioned;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationResult;
import org.occ4j.mutation.MutationResult.Applied;
import org.occ4j.mutation.MutationResult.Conflicted;
import org.occ4j.testkit.GaleraCluster;

/**
 * A rival at another node of the cluster, which no lock holds up, commits the same key while an
 * edit with statements of its own is under way.
 */
@Tag(GaleraCluster.TAG)
class GaleraRivalsTest extends GaleraFixture {
  private static final Scope SCOPE = new Scope("acme", "ada", "note.edit");
  private static final int ROUNDS = 10;

  /** When the rival commits. */
  private enum Moment {
    BEFORE_THE_STATEMENTS,
    AFTER_THE_STATEMENTS,
    AFTER_THE_WRITE,
    /** In a transaction of the caller's, which goes on after the mutation. */
    BEFORE_THE_COMMIT
  }

  private JdbcVersionedStore<String, String> here;
  private JdbcVersionedStore<String, String> there;
  private JdbcMutationPipeline<String, String> pipeline;

  @BeforeEach
  void openNodes() throws SQLException {
    database.execute("CREATE TABLE audit (mutation VARCHAR(40), text VARCHAR(100))");
    OccDatabase first = at(0);
    here = first.store("test", KeyCodec.strings(), Codec.strings()).recordChanges(true);
    there = storeAt(1);
    pipeline = first.pipeline(here, Codec.strings()).build();
  }

  private static Mutation<String, String> mutation(String key, Expected expected) {
    MutationId id = new MutationId(SCOPE, UUID.randomUUID());
    return Mutation.of(id, key, expected, Edit.<String>set("unused")).build();
  }

  private static void audit(Connection transaction, Mutation<?, ?> mutation, String text)
      throws SQLException {
    try (PreparedStatement insert =
        transaction.prepareStatement("INSERT INTO audit VALUES (?, ?)")) {
      insert.setString(1, mutation.id().clientMutationId().toString());
      insert.setString(2, text);
      insert.executeUpdate();
    }
  }

  /** Appends to the value, and writes a row; the rival commits during its first run. */
  private SqlEdit<String, String> edit(
      Mutation<String, String> mutation, Moment moment, AtomicInteger runs) {
    SqlEdit<String, String> edit =
        (key, before, transaction) -> {
          boolean first = runs.incrementAndGet() == 1;
          if (first && moment == Moment.BEFORE_THE_STATEMENTS) {
            rivalCommits(key);
          }
          audit(transaction, mutation, key);
          if (first && moment == Moment.AFTER_THE_STATEMENTS) {
            rivalCommits(key);
          }
          return (before == null ? "" : before.value()) + "+mine";
        };
    return moment != Moment.AFTER_THE_WRITE
        ? edit
        : edit.andThen(
            (key, before, after, transaction) -> {
              if (runs.get() == 1) {
                rivalCommits(key);
              }
            });
  }

  private void rivalCommits(String key) {
    there.put(key, "rival", Expected.present()).orThrow();
  }

  private void assertEverywhere(String key, String value) {
    for (JdbcVersionedStore<String, String> node : List.of(here, there)) {
      assertThat(node.get(key).map(Versioned::value)).contains(value);
    }
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "BEFORE_THE_COMMIT")
  void apply_rivalAtAnotherNodeCommitsTheExpectedVersionAway_isConflictedAndLeavesNoRow(
      Moment moment) throws Exception {
    for (int i = 0; i < ROUNDS; i++) {
      String key = "k" + i;
      long version = here.put(key, "old", Expected.absent()).orThrow().version();
      Mutation<String, String> mutation = mutation(key, Expected.version(version));
      AtomicInteger runs = new AtomicInteger();
      assertThat(pipeline.apply(mutation, edit(mutation, moment, runs)))
          .isInstanceOfSatisfying(
              Conflicted.class,
              told -> assertThat(((Versioned<?>) told.current()).value()).isEqualTo("rival"));
      assertThat(runs).hasValue(1);
      assertThat(rows("audit") + rows("occ_mutation")).isZero();
      assertEverywhere(key, "rival");
    }
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "BEFORE_THE_COMMIT")
  void apply_rivalAtAnotherNodeCommitsMeanwhile_runsAgainOnItsStateAndLeavesOneRow(Moment moment)
      throws Exception {
    for (int i = 0; i < ROUNDS; i++) {
      String key = "k" + i;
      here.put(key, "old", Expected.absent()).orThrow();
      Mutation<String, String> mutation = mutation(key, Expected.present());
      AtomicInteger runs = new AtomicInteger();
      MutationResult<String> told = pipeline.apply(mutation, edit(mutation, moment, runs));
      assertThat(((Applied<String>) told).current().value()).isEqualTo("rival+mine");
      assertThat(runs).hasValue(2);
      assertThat(rows("audit")).isEqualTo(i + 1L);
      assertThat(rows("occ_mutation")).isEqualTo(i + 1L);
      assertEverywhere(key, "rival+mine");
    }
  }

  @ParameterizedTest
  @EnumSource
  void joining_rivalAtAnotherNodeCommitsMeanwhile_endsTheTransactionWhichMayBeRunAgain(
      Moment moment) throws Exception {
    for (int i = 0; i < ROUNDS; i++) {
      String key = "k" + i;
      here.put(key, "old", Expected.absent()).orThrow();
      Mutation<String, String> mutation = mutation(key, Expected.present());
      SqlEdit<String, String> edit = edit(mutation, moment, new AtomicInteger());
      Throwable told = catchThrowable(() -> inATransaction(mutation, edit, moment, key));
      if (told instanceof SQLException atCommit) {
        assertThat(atCommit.getErrorCode()).isEqualTo(DEADLOCK);
      } else {
        assertThat(told).isInstanceOf(TransactionConflictException.class);
      }
      assertThat(rows("audit")).as("the caller's and the edit's").isEqualTo(2L * i);
      assertThat(rows("occ_mutation")).isEqualTo(i);
      assertEverywhere(key, "rival");

      assertThat(inATransaction(mutation, edit, Moment.AFTER_THE_WRITE, key))
          .isInstanceOf(Applied.class);
      assertThat(rows("audit")).isEqualTo(2L * (i + 1));
      assertEverywhere(key, "rival+mine");
    }
  }

  private MutationResult<String> inATransaction(
      Mutation<String, String> mutation, SqlEdit<String, String> edit, Moment moment, String key)
      throws Exception {
    try (Connection transaction = cluster.through(0, database).connect()) {
      transaction.setAutoCommit(false);
      audit(transaction, mutation, "the caller's");
      MutationResult<String> told = pipeline.joining(transaction).apply(mutation, edit);
      if (moment == Moment.BEFORE_THE_COMMIT) {
        rivalCommits(key);
      }
      transaction.commit();
      return told;
    }
  }
}
