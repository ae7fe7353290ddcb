/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.MutationId;
import org.occ4j.OccException;
import org.occ4j.OutcomeUnknownException;
import org.occ4j.Scope;
import org.occ4j.StoreUnavailableException;
import org.occ4j.Versioned;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationResult;
import org.occ4j.mutation.MutationResult.Applied;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.PlannedFault;
import org.occ4j.testkit.Running;
import org.occ4j.testkit.TestDatabase;
import org.occ4j.testkit.WireProxy;

/**
 * A whole mutation whose connection breaks at each of its statements, before and after the server
 * has it: what is told is true, and the same mutation sent again has one effect in all.
 */
abstract class PipelineFaultsContract {
  private static final Scope SCOPE = new Scope("acme", "ada", "note.edit");

  /** More than any mutation has. */
  private static final int STATEMENTS = 8;

  /** How many mutations share a statement. */
  private static final int WAITING = 4;

  private final Engine engine;
  private TestDatabase database;
  private WireProxy proxy;
  private HikariDataSource pool;
  private OccDatabase node;
  private OccDatabase plain;
  private JdbcVersionedStore<String, String> store;

  PipelineFaultsContract(Engine engine) {
    this.engine = engine;
  }

  @BeforeEach
  void open() throws SQLException {
    database = engine.server().newDatabase();
    OccDatabase.builder(database.dataSource()).createSchema().open().close();
    database.execute("CREATE TABLE audit (mutation VARCHAR(40))");
    proxy = WireProxy.before(database);
    pool = database.through(proxy).silentPool(1);
    node = OccDatabase.open(pool);
    plain = OccDatabase.open(database.dataSource());
    store = plain.store("note", KeyCodec.strings(), Codec.strings()).recordChanges(true);
  }

  @AfterEach
  void close() {
    node.close();
    plain.close();
    pool.close();
    proxy.close();
  }

  private JdbcVersionedStore<String, String> notes() {
    return node.store("note", KeyCodec.strings(), Codec.strings()).recordChanges(true);
  }

  private JdbcMutationPipeline<String, String> pipeline() {
    return pipelineOver(notes());
  }

  private JdbcMutationPipeline<String, String> pipelineOver(
      JdbcVersionedStore<String, String> rows) {
    return node.pipeline(rows, Codec.strings()).statementsAtOnce(1).build();
  }

  private static SqlEdit<String, String> auditing(Mutation<String, String> mutation) {
    return (key, before, transaction) -> {
      try (PreparedStatement insert =
          transaction.prepareStatement("INSERT INTO audit VALUES (?)")) {
        insert.setString(1, mutation.id().clientMutationId().toString());
        insert.executeUpdate();
      }
      return mutation.edit().apply(before == null ? null : before.value());
    };
  }

  private static MutationResult<String> apply(
      JdbcMutationPipeline<String, String> pipeline,
      Mutation<String, String> mutation,
      boolean audited)
      throws InterruptedException {
    return audited ? pipeline.apply(mutation, auditing(mutation)) : pipeline.apply(mutation);
  }

  private long rows(String query) throws SQLException {
    try (Connection connection = database.connect()) {
      return Sql.number(connection, query);
    }
  }

  @Test
  void apply_answerLostAtEachStatement_isToldTrulyAndHasOneEffect() throws Exception {
    breakAtEach(proxy::dropAnswerTo, false);
  }

  @Test
  void apply_requestLostAtEachStatement_isToldTrulyAndHasOneEffect() throws Exception {
    breakAtEach(proxy::dropRequest, false);
  }

  @Test
  void apply_sqlEditAnswerLostAtEachStatement_isToldTrulyAndHasOneEffect() throws Exception {
    breakAtEach(proxy::dropAnswerTo, true);
  }

  @Test
  void apply_sqlEditRequestLostAtEachStatement_isToldTrulyAndHasOneEffect() throws Exception {
    breakAtEach(proxy::dropRequest, true);
  }

  @Test
  void apply_answerLostToASharedStatement_isToldTrulyToEachAndHasOneEffect() throws Exception {
    breakShared(proxy::dropAnswerTo, true);
  }

  @Test
  void apply_sharedStatementLost_isToldTrulyToEachAndHasOneEffect() throws Exception {
    breakShared(proxy::dropRequest, false);
  }

  /** What shares statements reads by one, after the write of the one before it, and then writes. */
  private void breakShared(IntFunction<PlannedFault> fault, boolean arrives) throws Exception {
    int read = 2;
    int write = 3;
    database.execute(MappedPipelineCrowdContract.table(plain));
    JdbcVersionedStore<String, String> mapped = MappedPipelineCrowdContract.tasks(plain);
    for (int nth : List.of(read, write)) {
      int done = nth == write && arrives ? WAITING : 0;
      requireTruth(() -> fault.apply(nth), store, pipelineOver(notes()), done);
      requireTruth(
          () -> fault.apply(nth),
          mapped,
          pipelineOver(MappedPipelineCrowdContract.tasks(node)),
          done);
    }
  }

  /**
   * Breaks a statement of several mutations.
   *
   * @param expected of how many that fail the same mutation sent again is a replay
   */
  private void requireTruth(
      Supplier<PlannedFault> fault,
      JdbcVersionedStore<String, String> rows,
      JdbcMutationPipeline<String, String> pipeline,
      int expected)
      throws Exception {
    List<Mutation<String, String>> mutations = new ArrayList<>();
    for (int i = 0; i < WAITING; i++) {
      rows.put("k" + i, "0", Expected.any());
      mutations.add(
          Mutation.<String, String>of(
                  new MutationId(SCOPE, UUID.randomUUID()),
                  "k" + i,
                  Expected.present(),
                  current -> current + "x")
              .build());
    }
    List<Running<MutationResult<String>>> callers;
    PlannedFault planned;
    try (TakenPlace place = new TakenPlace(pipeline, "z")) {
      callers = place.lineUp(mutations);
      planned = fault.get();
      assertThat(place.end()).isInstanceOf(Applied.class);
      done++;
    }
    for (Running<MutationResult<String>> caller : callers) {
      assertThatThrownBy(caller::result)
          .isInstanceOfAny(OutcomeUnknownException.class, StoreUnavailableException.class)
          .satisfies(failure -> assertTold("shared", (OccException) failure, true));
    }
    assertThat(planned.happened()).isTrue();
    int replayed = 0;
    for (int i = 0; i < WAITING; i++) {
      Applied<String> again = (Applied<String>) pipeline.apply(mutations.get(i));
      replayed += again.replayed() ? 1 : 0;
      assertThat(again.current()).isEqualTo(rows.get("k" + i).orElseThrow());
      assertThat(again.current().value()).isEqualTo("0x");
    }
    assertThat(replayed).isEqualTo(expected);
    done += WAITING;
    assertThat(rows("SELECT COUNT(*) FROM occ_mutation")).isEqualTo(done);
  }

  private void breakAtEach(IntFunction<PlannedFault> fault, boolean audited) throws Exception {
    Edit<String> more = current -> (current == null ? "" : current) + "x";
    for (Expected kind : List.of(Expected.absent(), Expected.any(), Expected.present())) {
      for (int nth = 1; nth <= STATEMENTS; nth++) {
        String key = kind + " " + nth;
        if (kind != Expected.absent()) {
          store.put(key, "0", Expected.any());
        }
        JdbcMutationPipeline<String, String> pipeline = pipeline();
        Mutation<String, String> mutation =
            Mutation.of(new MutationId(SCOPE, UUID.randomUUID()), key, kind, more).build();
        PlannedFault planned = fault.apply(nth);
        @Nullable OccException failure = failureOf(pipeline, mutation, audited);
        boolean happened = planned.happened();
        proxy.forgetFaults();
        assertTold(key, failure, happened);
        MutationResult<String> again = apply(pipeline, mutation, audited);
        assertEffectIsOnce(key, mutation, again, audited);
      }
    }
  }

  private static @Nullable OccException failureOf(
      JdbcMutationPipeline<String, String> pipeline,
      Mutation<String, String> mutation,
      boolean audited)
      throws InterruptedException {
    try {
      assertThat(apply(pipeline, mutation, audited)).isInstanceOf(Applied.class);
      return null;
    } catch (OccException failure) {
      return failure;
    }
  }

  private void assertTold(String where, @Nullable OccException failure, boolean happened)
      throws SQLException {
    if (failure == null) {
      assertThat(happened).as("nobody noticed the fault at " + where).isFalse();
    } else {
      assertThat(failure)
          .as(where)
          .isInstanceOfAny(OutcomeUnknownException.class, StoreUnavailableException.class);
      if (failure instanceof StoreUnavailableException) {
        assertThat(rows("SELECT COUNT(*) FROM occ_mutation")).as(where).isEqualTo(done);
      }
    }
  }

  /** How many mutations are done. */
  private long done;

  private void assertEffectIsOnce(
      String key, Mutation<String, String> mutation, MutationResult<String> last, boolean audited)
      throws Exception {
    done++;
    Versioned<String> there = store.get(key).orElseThrow();
    assertThat(there.value()).as(key).matches("0?x");
    assertThat(((Applied<String>) last).current()).isEqualTo(there);
    assertThat(rows("SELECT COUNT(*) FROM occ_mutation")).as(key).isEqualTo(done);
    String id = Objects.requireNonNull(mutation.id().clientMutationId()).toString();
    assertThat(rows("SELECT COUNT(*) FROM audit WHERE mutation = '" + id + "'"))
        .as(key)
        .isEqualTo(audited ? 1 : 0);
  }
}
