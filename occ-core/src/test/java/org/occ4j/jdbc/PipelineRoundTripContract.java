/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.Tag;
import org.occ4j.Versioned;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationResult;
import org.occ4j.mutation.MutationResult.Applied;
import org.occ4j.mutation.MutationResult.Conflicted;
import org.occ4j.mutation.MutationResult.Rejected;
import org.occ4j.mutation.Rejection;
import org.occ4j.testkit.Counting;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.Running;
import org.occ4j.testkit.TestDatabase;
import org.occ4j.testkit.WireProxy;

/** The round trips of a whole mutation, counted on the wire. */
abstract class PipelineRoundTripContract {
  private static final Scope SCOPE = new Scope("acme", "ada", "note.edit");

  /** More often than the driver runs a statement before it has the server keep it. */
  private static final int ROUNDS = 12;

  private final Engine engine;

  /** What an edit with statements needs besides to learn on another node that it is a replay. */
  private final int sqlEditReplay;

  private TestDatabase database;
  private WireProxy proxy;
  private Connection only;
  private OccDatabase here;
  private OccDatabase there;
  private JdbcVersionedStore<String, String> store;
  private JdbcMutationPipeline<String, String> pipeline;
  private JdbcMutationPipeline<String, String> elsewhere;

  PipelineRoundTripContract(Engine engine, int sqlEditReplay) {
    this.engine = engine;
    this.sqlEditReplay = sqlEditReplay;
  }

  @BeforeEach
  void open() throws SQLException {
    database = engine.server().newDatabase();
    OccDatabase.builder(database.dataSource()).createSchema().open().close();
    database.execute("CREATE TABLE audit (text VARCHAR(100))");
    proxy = WireProxy.before(database);
    only = database.through(proxy).connect();
    here = OccDatabase.open(FaultyDataSource.poolOf(only));
    there = OccDatabase.open(database.dataSource());
    store = here.store("note", KeyCodec.strings(), Codec.strings()).recordChanges(true);
    pipeline = here.pipeline(store, Codec.strings()).statementsAtOnce(1).build();
    elsewhere =
        there
            .pipeline(there.store("note", KeyCodec.strings(), Codec.strings()), Codec.strings())
            .build();
  }

  @AfterEach
  void close() throws SQLException {
    here.close();
    there.close();
    only.close();
    proxy.close();
  }

  private <T> T in(int roundTrips, Callable<T> call) throws Exception {
    try (Counting count = proxy.counting()) {
      T result = call.call();
      assertThat(count.roundTrips()).as(count.toString()).isEqualTo(roundTrips);
      return result;
    }
  }

  private static Mutation<String, String> mutation(
      String key, Expected expected, Edit<String> edit) {
    return Mutation.of(new MutationId(SCOPE, UUID.randomUUID()), key, expected, edit)
        .updatedBy("ada")
        .tags(Tag.of("note", key))
        .build();
  }

  private static Edit<String> appending() {
    UnaryOperator<String> more = text -> text + "x";
    return Edit.update(more);
  }

  private static Versioned<String> state(MutationResult<String> result) {
    assertThat(result).isInstanceOf(Applied.class);
    return Objects.requireNonNull(((Applied<String>) result).current());
  }

  private static void audit(Connection transaction, String text) throws SQLException {
    try (PreparedStatement insert = transaction.prepareStatement("INSERT INTO audit VALUES (?)")) {
      insert.setString(1, text);
      insert.executeUpdate();
    }
  }

  @Test
  void apply_stateCarriedOrNotNeeded_isOneRoundTrip() throws Exception {
    for (int i = 0; i < ROUNDS; i++) {
      String key = "k" + i;
      Versioned<String> created =
          state(in(1, () -> pipeline.apply(mutation(key, Expected.absent(), Edit.set("0")))));
      Expected first = Expected.version(created.version());
      Versioned<String> second =
          state(in(1, () -> pipeline.apply(mutation(key, first, appending()))));
      Versioned<String> third =
          state(in(1, () -> pipeline.apply(mutation(key, Expected.any(), appending()))));
      assertThat(third.value()).isEqualTo("0xx");
      assertThat(third.version()).isGreaterThan(second.version());
      Expected last = Expected.version(third.version());
      assertThat(in(1, () -> pipeline.apply(mutation(key, last, Edit.delete()))))
          .isEqualTo(new Applied<String>(null, false));
    }
  }

  @Test
  void apply_stateNotKnown_isTwoRoundTrips() throws Exception {
    for (int i = 0; i < ROUNDS; i++) {
      String key = "k" + i;
      long version = store.put(key, "0", Expected.absent()).orThrow().version();
      state(in(2, () -> pipeline.apply(mutation(key, Expected.version(version), appending()))));
    }
  }

  @Test
  void apply_again_isOneRoundTripHereAndElsewhere() throws Exception {
    for (int i = 0; i < ROUNDS; i++) {
      String key = "k" + i;
      Mutation<String, String> create = mutation(key, Expected.absent(), Edit.set("0"));
      Versioned<String> created = state(in(1, () -> pipeline.apply(create)));
      assertThat(in(1, () -> pipeline.apply(create))).isEqualTo(new Applied<>(created, true));
      Mutation<String, String> edit =
          mutation(key, Expected.version(created.version()), appending());
      MutationResult<String> first = elsewhere.apply(edit);
      assertThat(in(1, () -> pipeline.apply(edit))).isEqualTo(new Applied<>(state(first), true));
      Mutation<String, String> any = mutation(key, Expected.any(), appending());
      first = elsewhere.apply(any);
      assertThat(in(1, () -> pipeline.apply(any))).isEqualTo(new Applied<>(state(first), true));
    }
  }

  @Test
  void apply_conflict_isAtMostTwoRoundTrips() throws Exception {
    for (int i = 0; i < ROUNDS; i++) {
      String key = "k" + i;
      Versioned<String> there = store.put(key, "0", Expected.absent()).orThrow();
      Expected stale = Expected.version(there.version() - 1);
      Conflicted<String> read =
          (Conflicted<String>) in(1, () -> pipeline.apply(mutation(key, stale, appending())));
      assertThat(read.current()).isEqualTo(there);
      try (Counting count = proxy.counting()) {
        assertThat(pipeline.apply(mutation(key, stale, Edit.set("1"))))
            .isInstanceOf(Conflicted.class);
        assertThat(pipeline.apply(mutation(key, Expected.absent(), Edit.set("1"))))
            .isInstanceOf(Conflicted.class);
        assertThat(count.roundTrips()).as(count.toString()).isLessThanOrEqualTo(4);
      }
    }
  }

  @Test
  void apply_rejection_isOneRoundTrip() throws Exception {
    Edit<String> no =
        current -> {
          throw new Rejection("no", "never");
        };
    for (int i = 0; i < ROUNDS; i++) {
      String key = "k" + i;
      Versioned<String> created =
          state(in(1, () -> pipeline.apply(mutation(key, Expected.absent(), Edit.set("0")))));
      Expected first = Expected.version(created.version());
      assertThat(in(1, () -> pipeline.apply(mutation(key, first, no))))
          .isEqualTo(new Rejected<String>("no", "never", false));
    }
  }

  @Test
  void apply_sqlEdit_isTwoRoundTripsAndItsOwn() throws Exception {
    for (int i = 0; i < ROUNDS; i++) {
      String key = "k" + i;
      SqlEdit<String, String> auditing =
          (name, before, transaction) -> {
            audit(transaction, name);
            return before == null ? "0" : before.value() + "x";
          };
      Mutation<String, String> create = mutation(key, Expected.absent(), Edit.set("unused"));
      Versioned<String> created = state(in(3, () -> pipeline.apply(create, auditing)));
      Expected first = Expected.version(created.version());
      Mutation<String, String> edit = mutation(key, first, Edit.set("unused"));
      state(in(3, () -> pipeline.apply(edit, auditing)));
      assertThat(in(1, () -> pipeline.apply(edit, auditing))).isInstanceOf(Applied.class);
      Mutation<String, String> stale = mutation(key, first, Edit.set("unused"));
      assertThat(in(2, () -> pipeline.apply(stale, auditing))).isInstanceOf(Conflicted.class);
      Mutation<String, String> other = mutation(key, Expected.any(), Edit.set("unused"));
      elsewhere.apply(other, auditing);
      assertThat(in(sqlEditReplay, () -> pipeline.apply(other, auditing)))
          .isInstanceOf(Applied.class);
      SqlEdit<String, String> twice =
          auditing.andThen((name, before, after, transaction) -> audit(transaction, after.value()));
      Mutation<String, String> hooked = mutation(key, Expected.any(), Edit.set("unused"));
      state(in(5, () -> pipeline.apply(hooked, twice)));
    }
    try (Connection connection = database.connect()) {
      assertThat(Sql.number(connection, "SELECT COUNT(*) FROM audit")).isEqualTo(5L * ROUNDS);
    }
  }

  @Test
  void apply_manyKeysWait_shareOneRoundTripAlsoWhereARivalWroteOne() throws Exception {
    for (int i = 0; i < 8; i++) {
      String key = "k" + i;
      assertThat(state(pipeline.apply(mutation(key, Expected.absent(), Edit.set("0")))).value())
          .isEqualTo("0");
    }
    requireSharing(
        pipeline, () -> elsewhere.apply(mutation("k3", Expected.present(), Edit.set("rival"))));
  }

  @Test
  void apply_manyKeysOfAMappedTableWait_shareOneRoundTripAlsoWhereARivalWroteOne()
      throws Exception {
    database.execute(MappedPipelineCrowdContract.table(here));
    JdbcMutationPipeline<String, String> crowd = mappedPipeline(here);
    JdbcMutationPipeline<String, String> other = mappedPipeline(there);
    for (int i = 0; i < 8; i++) {
      state(crowd.apply(mutation("k" + i, Expected.absent(), Edit.set("0"))));
    }
    requireSharing(crowd, () -> other.apply(mutation("k3", Expected.present(), Edit.set("rival"))));
  }

  @Test
  void apply_manyOfOneKeyOfAMappedTableWait_shareOneRoundTripWhereRowsAreWrittenOnce()
      throws Exception {
    database.execute(MappedPipelineCrowdContract.table(here));
    JdbcMutationPipeline<String, String> crowd =
        here.pipeline(MappedPipelineCrowdContract.tasks(here), Codec.strings())
            .statementsAtOnce(1)
            .writeRowsOnce()
            .build();
    assertThat(waitingTogether(crowd, 2, i -> "z"))
        .containsExactly(
            "0x", "0xx", "0xxx", "0xxxx", "0xxxxx", "0xxxxxx", "0xxxxxxx", "0xxxxxxxx");
  }

  @Test
  void apply_twoOfEachKeyOfAMappedTableWait_shareARoundTripForTheFirstAndOneForTheSecond()
      throws Exception {
    database.execute(MappedPipelineCrowdContract.table(here));
    JdbcMutationPipeline<String, String> crowd = mappedPipeline(here);
    for (int i = 0; i < 4; i++) {
      state(crowd.apply(mutation("k" + i, Expected.absent(), Edit.set("0"))));
    }
    assertThat(waitingTogether(crowd, 3, i -> "k" + i % 4))
        .containsExactly("0x", "0x", "0x", "0x", "0xx", "0xx", "0xx", "0xx");
  }

  private static JdbcMutationPipeline<String, String> mappedPipeline(OccDatabase node) {
    return node.pipeline(MappedPipelineCrowdContract.tasks(node), Codec.strings())
        .statementsAtOnce(1)
        .build();
  }

  /** Mutations of eight keys that wait share a statement, also after a rival's write of one. */
  private void requireSharing(
      JdbcMutationPipeline<String, String> crowd, Callable<MutationResult<String>> rival)
      throws Exception {
    int place = 1;
    int write = 1;
    assertThat(waitingTogether(crowd, place + write)).allMatch(value -> value.equals("0x"));
    assertThat(rival.call()).isInstanceOf(Applied.class);
    // What this node knew of one row is out of date: the write, a read, and a write again.
    List<String> values = waitingTogether(crowd, place + write + 2);
    assertThat(values.remove(3)).isEqualTo("rivalx");
    assertThat(values).allMatch(value -> value.equals("0xx"));
  }

  /** The values that eight keys have after mutations that have waited for a place. */
  private List<String> waitingTogether(JdbcMutationPipeline<String, String> crowd, int roundTrips)
      throws Exception {
    return waitingTogether(crowd, roundTrips, i -> "k" + i);
  }

  private List<String> waitingTogether(
      JdbcMutationPipeline<String, String> crowd, int roundTrips, IntFunction<String> key)
      throws Exception {
    List<Mutation<String, String>> mutations = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      mutations.add(mutation(key.apply(i), Expected.present(), appending()));
    }
    try (TakenPlace place = new TakenPlace(crowd, "z")) {
      List<Running<MutationResult<String>>> callers = place.lineUp(mutations);
      return in(
          roundTrips,
          () -> {
            place.end();
            List<String> values = new ArrayList<>();
            for (Running<MutationResult<String>> caller : callers) {
              values.add(state(caller.result()).value());
            }
            return values;
          });
    }
  }
}
