/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationResult;
import org.occ4j.mutation.MutationResult.Applied;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.Running;

@Tag(Engine.POSTGRESQL_TAG)
class PostgresqlMappedPipelineCrowdTest extends MappedPipelineCrowdContract {
  PostgresqlMappedPipelineCrowdTest() {
    super(Engine.POSTGRESQL);
  }

  @Test
  void apply_triggerAltersValues_answersAndReplaysTellWhatIsStored() throws Exception {
    database.execute(
        "CREATE OR REPLACE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS"
            + " 'BEGIN NEW.title := upper(NEW.title); RETURN NEW; END'",
        "CREATE TRIGGER shout BEFORE UPDATE ON task FOR EACH ROW EXECUTE FUNCTION shout()");
    List<Mutation<String, String>> mutations = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      store.put("k" + i, "a", Expected.absent()).orThrow();
      mutations.add(mutation("k" + i, Expected.present(), appending("b")));
    }
    List<Running<MutationResult<String>>> callers = TakenPlace.together(pipeline, "z", mutations);
    JdbcMutationPipeline<String, String> elsewhere =
        there.pipeline(tasks(there), Codec.strings()).build();
    for (int i = 0; i < 4; i++) {
      Applied<String> applied = (Applied<String>) callers.get(i).result();
      assertThat(applied.current().value()).isEqualTo("AB");
      assertThat(applied.current()).isEqualTo(store.get("k" + i).orElseThrow());
      Applied<String> again = (Applied<String>) elsewhere.apply(mutations.get(i));
      assertThat(again.current()).isEqualTo(applied.current());
    }
  }
}
