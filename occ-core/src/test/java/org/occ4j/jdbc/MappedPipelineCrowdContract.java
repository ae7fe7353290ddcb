/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.occ4j.Codec;
import org.occ4j.DataRejectedException;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.Versioned;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationResult;
import org.occ4j.mutation.MutationResult.Applied;
import org.occ4j.mutation.MutationResult.Conflicted;
import org.occ4j.mutation.MutationResult.Rejected;
import org.occ4j.mutation.Rejection;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.Running;

/** Mutations that wait together in a table of the application. */
abstract class MappedPipelineCrowdContract extends PipelineCrowdContract {
  private static final Column<String, String> TITLE =
      new Column<>("title", ColumnType.text(), title -> title);

  JdbcMutationPipeline<String, String> pipeline;

  MappedPipelineCrowdContract(Engine engine) {
    super(engine);
  }

  /** Creates the table of tasks, which refuses the title "bad". */
  static String table(OccDatabase node) {
    boolean isMariadb = node.profile().family() == EngineProfile.Family.MARIADB;
    String exact = isMariadb ? " COLLATE utf8mb4_nopad_bin" : "";
    String text = isMariadb ? "LONGTEXT" : "TEXT";
    return ("CREATE TABLE task (id VARCHAR(40)" + exact + " PRIMARY KEY, version BIGINT NOT NULL,")
        + (" title " + text + " CHECK (title <> 'bad'))");
  }

  static JdbcVersionedStore<String, String> tasks(OccDatabase node) {
    return node.store(mapping()).recordChanges(true);
  }

  private static TableMapping<String, String> mapping() {
    return TableMapping.<String, String>of("task")
        .key("id", KeyCodec.strings(), ColumnType.text())
        .version("version")
        .columns(List.of(TITLE))
        .reading((key, row) -> row.require(TITLE));
  }

  @Override
  @BeforeEach
  void openStore() throws SQLException {
    database.execute("DROP TABLE IF EXISTS task", table(here));
    super.openStore();
    pipeline = pipeline(here, 1);
  }

  @Override
  JdbcVersionedStore<String, String> storeOf(OccDatabase node) {
    return tasks(node);
  }

  static Edit<String> appending(String more) {
    return current -> current + more;
  }

  @Test
  void apply_manyKeysWait_whatIsSpecialAboutOneTouchesNobodyElse() throws Exception {
    for (int i = 0; i < 9; i++) {
      store.put("k" + i, "0", Expected.absent()).orThrow();
    }
    IllegalStateException bug = new IllegalStateException("bug");
    Mutation<String, String> done = mutation("k5", Expected.present(), appending("d"));
    there.pipeline(tasks(there), Codec.strings()).build().apply(done);
    List<Running<MutationResult<String>>> callers =
        TakenPlace.together(
            pipeline,
            "z",
            List.of(
                mutation("k0", Expected.present(), appending("x")),
                mutation("k1", Expected.present(), Edit.set("bad")),
                mutation(
                    "k2",
                    Expected.present(),
                    current -> {
                      throw new Rejection("no", "never");
                    }),
                mutation(
                    "k3",
                    Expected.present(),
                    current -> {
                      throw bug;
                    }),
                mutation("k4", Expected.version(7), appending("x")),
                done,
                mutation("k6", Expected.present(), Edit.delete()),
                mutation("k7", Expected.present(), appending("x")),
                mutation("k7", Expected.present(), appending("y")),
                mutation("k8", Expected.present(), appending("x")),
                mutation("new", Expected.absent(), Edit.set("n"))));
    assertThatThrownBy(() -> callers.get(1).result()).isInstanceOf(DataRejectedException.class);
    assertThat(callers.get(2).result()).isInstanceOf(Rejected.class);
    assertThatThrownBy(() -> callers.get(3).result()).isSameAs(bug);
    assertThat(callers.get(4).result()).isInstanceOf(Conflicted.class);
    assertThat(((Applied<String>) callers.get(5).result()).replayed()).isTrue();
    assertThat(callers.get(6).result()).isInstanceOf(Applied.class);
    assertThat(((Applied<String>) callers.get(7).result()).current().value()).isEqualTo("0x");
    for (Map.Entry<Integer, String> last :
        Map.of(0, "k0", 8, "k7", 9, "k8", 10, "new").entrySet()) {
      assertThat(((Applied<String>) callers.get(last.getKey()).result()).current())
          .isEqualTo(store.get(last.getValue()).orElseThrow());
    }
    assertThat(store.get("k7").orElseThrow().value()).isEqualTo("0xy");
    assertThat(store.get("k1").orElseThrow().value()).isEqualTo("0");
    assertThat(store.get("k5").orElseThrow().value()).isEqualTo("0d");
    assertThat(store.get("k6")).isEmpty();
    // Nine of the twelve with the one that held the place keep an answer; three came to nothing.
    assertThat(rows("occ_mutation")).isEqualTo(9);
  }

  /** Has the table make something else of the title "ab" from now on; returns what. */
  abstract String alterTitles() throws SQLException;

  @Test
  void apply_databaseAltersValues_answersAndReplaysTellWhatIsStored() throws Exception {
    List<Mutation<String, String>> mutations = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      store.put("k" + i, "a", Expected.absent()).orThrow();
      mutations.add(mutation("k" + i, Expected.present(), appending("b")));
    }
    String altered = alterTitles();
    List<Running<MutationResult<String>>> callers = TakenPlace.together(pipeline, "z", mutations);
    JdbcMutationPipeline<String, String> elsewhere =
        there.pipeline(tasks(there), Codec.strings()).build();
    for (int i = 0; i < 4; i++) {
      Applied<String> applied = (Applied<String>) callers.get(i).result();
      assertThat(applied.current().value()).isEqualTo(altered);
      assertThat(applied.current()).isEqualTo(store.get("k" + i).orElseThrow());
      Applied<String> again = (Applied<String>) elsewhere.apply(mutations.get(i));
      assertThat(again.current()).isEqualTo(applied.current());
    }
  }

  @Test
  void apply_keysAndValuesOfManyColumnsWait_eachRowHasItsOwn() throws Exception {
    for (TableMapping<String, String> mapping : ShelfTable.mappings()) {
      database.execute("DROP TABLE IF EXISTS shelf", ShelfTable.ddl(here.profile().family()));
      requireEachRowHasItsOwn(mapping);
    }
  }

  private void requireEachRowHasItsOwn(TableMapping<String, String> mapping) throws Exception {
    JdbcVersionedStore<String, String> shelves = here.store(mapping).recordChanges(true);
    JdbcMutationPipeline<String, String> crowd =
        here.pipeline(shelves, Codec.strings()).statementsAtOnce(1).build();
    JdbcMutationPipeline<String, String> elsewhere =
        there.pipeline(there.store(mapping), Codec.strings()).build();
    List<String> keys = List.of("a:7", "A:7", "a:8", "a :7", "\u00e4:7", "b:-1");
    for (int i = 0; i < keys.size(); i++) {
      shelves.put(keys.get(i), "x".repeat(i), Expected.absent()).orThrow();
    }
    for (int turn = 1; turn <= 2; turn++) {
      List<Mutation<String, String>> mutations = new ArrayList<>();
      for (String key : keys) {
        mutations.add(
            Mutation.of(id(), key, Expected.present(), appending("y")).updatedBy(key).build());
      }
      List<Running<MutationResult<String>>> callers =
          TakenPlace.together(crowd, "place:" + turn, mutations);
      for (int i = 0; i < keys.size(); i++) {
        Versioned<String> current = ((Applied<String>) callers.get(i).result()).current();
        assertThat(current.value()).isEqualTo("x".repeat(i) + "y".repeat(turn));
        assertThat(current.updatedBy()).isIn(keys.get(i), null);
        assertThat(current).isEqualTo(shelves.get(keys.get(i)).orElseThrow());
        assertThat(elsewhere.apply(mutations.get(i))).isEqualTo(new Applied<>(current, true));
      }
    }
  }

  /** What is spelled otherwise is told as a read tells it, and ends no sharing. */
  @Test
  void apply_tableSpellsValuesOtherwise_answersTellItsSpellingAndStatementsAreShared()
      throws Exception {
    database.execute("DROP TABLE IF EXISTS offer", OfferTable.ddl(here.profile().family()));
    JdbcVersionedStore<String, String> offers = here.store(OfferTable.mapping());
    JdbcMutationPipeline<String, String> crowd =
        here.pipeline(offers, Codec.strings()).statementsAtOnce(1).build();
    JdbcMutationPipeline<String, String> elsewhere =
        there.pipeline(there.store(OfferTable.mapping()), Codec.strings()).build();
    for (int i = 0; i < 4; i++) {
      Mutation<String, String> creation =
          mutation("k" + i, Expected.absent(), Edit.set(OfferTable.offer("9.5")));
      Applied<String> created = (Applied<String>) crowd.apply(creation);
      requireToldAsRead(created, offers.get("k" + i).orElseThrow(), "9.50|");
      assertThat(elsewhere.apply(creation)).isEqualTo(new Applied<>(created.current(), true));
    }
    for (String price : List.of("10.00|", "10.50|", "11.00|")) {
      List<Mutation<String, String>> mutations = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        mutations.add(mutation("k" + i, Expected.present(), OfferTable::raised));
      }
      List<Running<MutationResult<String>>> callers;
      try (TakenPlace place = new TakenPlace(crowd, "z" + price, OfferTable.offer("1"))) {
        callers = place.lineUp(mutations);
        place.end();
      }
      for (int i = 0; i < 4; i++) {
        Applied<String> applied = (Applied<String>) callers.get(i).result();
        requireToldAsRead(applied, offers.get("k" + i).orElseThrow(), price);
        assertThat(elsewhere.apply(mutations.get(i)))
            .isEqualTo(new Applied<>(applied.current(), true));
      }
    }
    assertThat(crowd.stats().handedBack()).isZero();
    Mutation<String, String> audited = mutation("k0", Expected.present(), OfferTable::raised);
    Applied<String> applied =
        (Applied<String>)
            crowd.apply(audited, (key, before, connection) -> OfferTable.raised(before.value()));
    requireToldAsRead(applied, offers.get("k0").orElseThrow(), "11.50|");
    assertThat(elsewhere.apply(audited)).isEqualTo(new Applied<>(applied.current(), true));
  }

  private static void requireToldAsRead(
      Applied<String> applied, Versioned<String> read, String price) {
    assertThat(applied.current()).isEqualTo(read);
    assertThat(read.value()).startsWith(price);
  }

  /** Triggers that tell of what others write find the changes of a shared statement told. */
  @Test
  void apply_tableTellsOfForeignWrites_eachChangeIsToldOnce() throws Exception {
    database.execute(here.foreignWriteTriggers(mapping()).toArray(String[]::new));
    List<Mutation<String, String>> mutations = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      store.put("k" + i, "a", Expected.absent()).orThrow();
      mutations.add(mutation("k" + i, Expected.present(), appending("b")));
    }
    for (Running<MutationResult<String>> caller : TakenPlace.together(pipeline, "z", mutations)) {
      assertThat(caller.result()).isInstanceOf(Applied.class);
    }
    assertThat(rows("occ_change")).isEqualTo(9);
    database.execute("UPDATE task SET title = 'foreign'");
    assertThat(rows("occ_change")).isEqualTo(14);
  }

  // ---- rows that are written once

  private static JdbcMutationPipeline<String, String> writingOnce(OccDatabase node, int places) {
    return node.pipeline(tasks(node), Codec.strings())
        .statementsAtOnce(places)
        .writeRowsOnce()
        .build();
  }

  @Test
  void apply_rowsAreWrittenOnce_haveTheirOwnAnswersAndKeepEveryPromise() throws Exception {
    database.execute(here.foreignWriteTriggers(mapping()).toArray(String[]::new));
    requireOwnAnswers(writingOnce(here, 1));
    openStore();
    database.execute("DELETE FROM occ_mutation", "DELETE FROM occ_change");
    requireEveryPromise(List.of(writingOnce(here, 2), writingOnce(there, 2)));
  }

  @Test
  void apply_rowsAreWrittenOnceAndAltered_lastAnswerTellsWhatIsStored() throws Exception {
    JdbcMutationPipeline<String, String> once = writingOnce(here, 1);
    store.put("k", "a", Expected.absent()).orThrow();
    String altered = alterTitles();
    List<Mutation<String, String>> mutations =
        List.of(
            mutation("k", Expected.present(), Edit.set("x")),
            mutation("k", Expected.present(), Edit.set("ab")));
    List<Running<MutationResult<String>>> callers = TakenPlace.together(once, "z", mutations);
    Versioned<String> first = ((Applied<String>) callers.get(0).result()).current();
    Versioned<String> last = ((Applied<String>) callers.get(1).result()).current();
    assertThat(first.value()).isEqualTo("x");
    assertThat(last.value()).isEqualTo(altered);
    assertThat(store.get("k")).contains(last);
    JdbcMutationPipeline<String, String> elsewhere = writingOnce(there, 1);
    assertThat(elsewhere.apply(mutations.get(0))).isEqualTo(new Applied<>(first, true));
    assertThat(elsewhere.apply(mutations.get(1))).isEqualTo(new Applied<>(last, true));
    once.apply(mutation("k", Expected.present(), appending("!"))).orThrow();
    assertThat(store.get("k").orElseThrow().value()).isEqualTo(altered + "!");
  }
}
