/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.occ4j.Expected;
import org.occ4j.OccException;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationResult;
import org.occ4j.mutation.MutationResult.Applied;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.Running;

/** What MariaDB has besides, by both drivers. */
abstract class MariadbMappedPipelineCrowdContract extends MappedPipelineCrowdContract {
  MariadbMappedPipelineCrowdContract(Engine engine) {
    super(engine);
  }

  @Override
  String alterTitles() throws SQLException {
    database.execute(
        "CREATE TRIGGER shout BEFORE UPDATE ON task FOR EACH ROW SET NEW.title = UPPER(NEW.title)");
    return "AB";
  }

  @Test
  void apply_triggerMovesOneRow_itAloneFailsAndNothingOfItIsDone() throws Exception {
    List<Mutation<String, String>> mutations = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      store.put("k" + i, "a", Expected.absent()).orThrow();
      mutations.add(mutation("k" + i, Expected.present(), appending("b")));
    }
    database.execute(
        "CREATE TRIGGER moving BEFORE UPDATE ON task FOR EACH ROW"
            + " SET NEW.id = IF(OLD.id = 'k2', 'elsewhere', OLD.id)");
    List<Running<MutationResult<String>>> callers = TakenPlace.together(pipeline, "z", mutations);
    assertThatThrownBy(() -> callers.get(2).result()).isInstanceOf(OccException.class);
    for (int i : List.of(0, 1, 3)) {
      assertThat(callers.get(i).result()).isInstanceOf(Applied.class);
      assertThat(store.get("k" + i).orElseThrow().value()).isEqualTo("ab");
    }
    assertThat(store.get("k2").orElseThrow().value()).isEqualTo("a");
    assertThat(rows("occ_mutation")).isEqualTo(4);
  }
}
