/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.PreparedStatement;
import org.junit.jupiter.api.Test;
import org.occ4j.Codec;
import org.occ4j.MutationId;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.idempotency.Outcome;
import org.occ4j.testkit.Engine;

class H2IdempotencyTest extends JdbcIdempotencyContract {
  private static final IdempotencyOptions<String> HOW =
      IdempotencyOptions.returning(Codec.strings());

  H2IdempotencyTest() {
    super(Engine.H2_MEMORY);
  }

  @Override
  boolean tellsRivalsBeforeTheEffect() {
    return false;
  }

  @Test
  void executeInTransaction_anotherNodeMakesOurEffectFail_replaysTheirs() throws Exception {
    MutationId id = id();
    Outcome<String> outcome =
        here()
            .idempotency()
            .executeInTransaction(
                id,
                HOW,
                (transaction, context) -> {
                  there().idempotency().executeInTransaction(id, HOW, H2IdempotencyTest::write);
                  return write(transaction, context);
                });
    assertThat(outcome).isInstanceOf(Outcome.Replayed.class);
  }

  private static String write(java.sql.Connection transaction, Object context) throws Exception {
    try (PreparedStatement insert =
        transaction.prepareStatement("INSERT INTO note VALUES ('unique')")) {
      insert.executeUpdate();
      return "unique";
    }
  }
}
