/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.MutationId;
import org.occ4j.RetryPolicy;
import org.occ4j.Scope;
import org.occ4j.StoreUnavailableException;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.TestDatabase;

class H2SqlEditTest extends SqlEditContract {
  H2SqlEditTest() {
    super(Engine.H2_MEMORY);
  }

  /** No commit travels with the write here, so what the write waits for in vain is not done. */
  @Test
  void apply_writeWaitsInVain_saysThatNothingWasChanged() throws Exception {
    TestDatabase fresh = Engine.H2_MEMORY.server().newDatabase();
    TestDatabase impatient =
        new TestDatabase(
            Engine.H2_MEMORY, fresh.jdbcUrl() + ";LOCK_TIMEOUT=50", fresh.user(), fresh.password());
    try (HikariDataSource pool = impatient.pool(3);
        OccDatabase node =
            OccDatabase.builder(pool).retry(RetryPolicy.once()).createSchema().open();
        Connection rival = pool.getConnection()) {
      JdbcVersionedStore<String, String> store =
          node.store("note", KeyCodec.strings(), Codec.strings());
      rival.setAutoCommit(false);
      store.joining(rival).put("a", "theirs", Expected.absent()).orThrow();
      MutationId id = new MutationId(new Scope("acme", "ada", "note.edit"), UUID.randomUUID());
      Mutation<String, String> mutation =
          Mutation.of(id, "a", Expected.absent(), Edit.set("unused")).build();
      assertThatThrownBy(
              () ->
                  node.pipeline(store, Codec.strings())
                      .build()
                      .apply(mutation, (key, before, transaction) -> "mine"))
          .isInstanceOf(StoreUnavailableException.class);
      rival.rollback();
    }
  }
}
