/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.h2.tools.TriggerAdapter;
import org.junit.jupiter.api.Test;
import org.occ4j.Expected;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationResult;
import org.occ4j.mutation.MutationResult.Applied;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.Running;

class H2MappedPipelineCrowdTest extends MappedPipelineCrowdContract {
  H2MappedPipelineCrowdTest() {
    super(Engine.H2);
  }

  /** Writes titles in capitals. */
  public static final class Shouting extends TriggerAdapter {
    @Override
    public void fire(Connection connection, ResultSet before, ResultSet after) throws SQLException {
      after.updateString("title", after.getString("title").toUpperCase(Locale.ROOT));
    }
  }

  @Override
  String alterTitles() throws SQLException {
    database.execute(
        "CREATE TRIGGER shout BEFORE UPDATE ON task FOR EACH ROW CALL '"
            + Shouting.class.getName()
            + "'");
    return "AB";
  }

  @Test
  void apply_manyKeysWait_shareATransaction() throws Exception {
    database.execute("ALTER TABLE task ADD COLUMN done_by VARCHAR(40) ON UPDATE TRANSACTION_ID()");
    List<Mutation<String, String>> mutations = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      store.put("k" + i, "a", Expected.absent()).orThrow();
      mutations.add(mutation("k" + i, Expected.present(), appending("b")));
    }
    for (Running<MutationResult<String>> caller : TakenPlace.together(pipeline, "z", mutations)) {
      assertThat(caller.result()).isInstanceOf(Applied.class);
    }
    try (Connection connection = database.connect()) {
      String transactions = "SELECT COUNT(DISTINCT done_by) FROM task WHERE id <> 'z'";
      assertThat(Sql.number(connection, transactions)).isEqualTo(1);
    }
  }
}
