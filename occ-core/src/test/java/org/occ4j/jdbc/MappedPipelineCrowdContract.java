/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.occ4j.Codec;
import org.occ4j.DataRejectedException;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationResult;
import org.occ4j.mutation.MutationResult.Applied;
import org.occ4j.mutation.MutationResult.Conflicted;
import org.occ4j.mutation.MutationResult.Rejected;
import org.occ4j.mutation.Rejection;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.Running;

/** Mutations that wait together in a table of the application, whether they share statements. */
abstract class MappedPipelineCrowdContract extends TwoNodePipelineFixture {
  private static final Column<String, String> TITLE =
      new Column<>("title", ColumnType.text(), title -> title);

  JdbcVersionedStore<String, String> store;
  JdbcMutationPipeline<String, String> pipeline;

  MappedPipelineCrowdContract(Engine engine) {
    super(engine, 4);
  }

  /** Creates the table of tasks, which refuses the title "bad". */
  static String table(OccDatabase node) {
    boolean isMariadb = node.profile().family() == EngineProfile.Family.MARIADB;
    String exact = isMariadb ? " COLLATE utf8mb4_nopad_bin" : "";
    return ("CREATE TABLE task (id VARCHAR(40)" + exact + " PRIMARY KEY, version BIGINT NOT NULL,")
        + " title VARCHAR(100) CHECK (title <> 'bad'))";
  }

  static JdbcVersionedStore<String, String> tasks(OccDatabase node) {
    TableMapping<String, String> tasks =
        TableMapping.<String, String>of("task")
            .key("id", KeyCodec.strings(), ColumnType.text())
            .version("version")
            .columns(List.of(TITLE))
            .reading((key, row) -> row.require(TITLE));
    return node.store(tasks).recordChanges(true);
  }

  @BeforeEach
  void openStore() throws SQLException {
    database.execute("DROP TABLE IF EXISTS task", table(here));
    store = tasks(here);
    pipeline = here.pipeline(store, Codec.strings()).statementsAtOnce(1).build();
  }

  static Mutation<String, String> mutation(String key, Expected expected, Edit<String> edit) {
    return Mutation.of(id(), key, expected, edit).build();
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
}
