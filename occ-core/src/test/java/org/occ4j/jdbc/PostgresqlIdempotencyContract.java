/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.occ4j.Codec;
import org.occ4j.KeyCodec;
import org.occ4j.MutationId;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.idempotency.Outcome;
import org.occ4j.testkit.Engine;

/** What only PostgreSQL has: the lock beside the primary key. */
abstract class PostgresqlIdempotencyContract extends JdbcIdempotencyContract {
  private static final IdempotencyOptions<String> HOW =
      IdempotencyOptions.returning(Codec.strings());

  PostgresqlIdempotencyContract(String options) {
    super(Engine.POSTGRESQL, options);
  }

  /** The lock is held by us, and yet a rival's row appears: it is the primary key that decides. */
  @Test
  void executeInTransaction_rivalThatTheLockDidNotTell_isReplayed() throws Exception {
    MutationId id = id();
    AtomicInteger effects = new AtomicInteger();
    Outcome<String> outcome =
        here()
            .idempotency()
            .executeInTransaction(
                id,
                HOW,
                (transaction, context) -> {
                  effects.incrementAndGet();
                  completeBehindTheLock(id);
                  return "ours";
                });
    assertThat(outcome)
        .isInstanceOfSatisfying(
            Outcome.Replayed.class, replayed -> assertThat(replayed.value()).isEqualTo("theirs"));
    assertThat(effects).hasValue(1);
  }

  private void completeBehindTheLock(MutationId id) throws Exception {
    MutationId other = id();
    there().idempotency().execute(other, HOW, context -> "theirs");
    try (Connection connection = database().connect();
        PreparedStatement rename =
            connection.prepareStatement(
                "UPDATE occ_mutation SET mutation_id = ? WHERE mutation_id = ?")) {
      rename.setBytes(1, KeyCodec.uuids().encode(id.clientMutationId()));
      rename.setBytes(2, KeyCodec.uuids().encode(other.clientMutationId()));
      assertThat(rename.executeUpdate()).isOne();
    }
  }
}
