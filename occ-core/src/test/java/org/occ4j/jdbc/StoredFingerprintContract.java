/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.occ4j.Codec;
import org.occ4j.CodecException;
import org.occ4j.Fingerprint;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.idempotency.Outcome;
import org.occ4j.jdbc.internal.registry.MutationRow;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.TestDatabase;

/** A stored fingerprint names its algorithm, in a column that is as wide as it always was. */
abstract class StoredFingerprintContract {
  private static final Fingerprint PAYLOAD = Fingerprint.of("payload".getBytes(UTF_8));
  private static final Fingerprint OTHER = Fingerprint.of("other".getBytes(UTF_8));
  private static final IdempotencyOptions<String> HOW =
      IdempotencyOptions.returning(Codec.strings());

  private final TestDatabase database;
  private final MutationId id =
      new MutationId(new Scope("acme", "ada", "task.edit"), UUID.randomUUID());
  private final AtomicInteger runs = new AtomicInteger();
  private OccDatabase occ;

  StoredFingerprintContract(Engine engine) {
    this.database = engine.server().newDatabase();
  }

  @BeforeEach
  void open() throws SQLException {
    OccDatabase.builder(database.dataSource()).createSchema().open().close();
    occ = OccDatabase.builder(database.dataSource()).open();
  }

  @AfterEach
  void close() {
    occ.close();
  }

  @Test
  void execute_withAPayload_storesItsAlgorithmToo() throws Exception {
    occ.idempotency().execute(id, HOW.toBuilder().fingerprint(PAYLOAD).build(), this::effect);
    assertThat(stored()).startsWith("sha256:").isEqualTo(PAYLOAD.text());
  }

  @Test
  void execute_longestNameAndDigest_fitsTheColumn() throws Exception {
    Fingerprint longest = new Fingerprint("x".repeat(20), "f0".repeat(32));
    occ.idempotency().execute(id, HOW.toBuilder().fingerprint(longest).build(), this::effect);
    assertThat(stored()).hasSize(64).isEqualTo(longest.text());
    assertReplayed(longest);
  }

  @Test
  void execute_rowOfHexadecimalDigitsAlone_isComparedAsSha256() throws Exception {
    occ.idempotency().execute(id, HOW.toBuilder().fingerprint(PAYLOAD).build(), this::effect);
    store(PAYLOAD.hex());
    assertReplayed(PAYLOAD);
    assertThat(
            occ.idempotency().execute(id, HOW.toBuilder().fingerprint(OTHER).build(), this::effect))
        .isEqualTo(MutationRow.mismatch());
  }

  @Test
  void executeInTransaction_rowOfAnotherAlgorithm_isNeitherReplayedNorRun() throws Exception {
    occ.idempotency().execute(id, HOW.toBuilder().fingerprint(PAYLOAD).build(), this::effect);
    store(new Fingerprint("blake3", PAYLOAD.hex()).text());
    assertThatThrownBy(
            () ->
                occ.idempotency()
                    .executeInTransaction(
                        id,
                        HOW.toBuilder().fingerprint(PAYLOAD).build(),
                        (transaction, context) -> effect(context)))
        .isInstanceOf(CodecException.class)
        .hasMessageContaining("blake3");
    assertThat(runs).hasValue(1);
  }

  @Test
  void joinTransaction_rowOfAnotherAlgorithm_leavesTheTransactionUsable() throws Exception {
    occ.idempotency().execute(id, HOW.toBuilder().fingerprint(PAYLOAD).build(), this::effect);
    store(new Fingerprint("blake3", PAYLOAD.hex()).text());
    try (Connection transaction = database.connect()) {
      transaction.setAutoCommit(false);
      assertThatThrownBy(
              () ->
                  occ.idempotency()
                      .joinTransaction(
                          transaction,
                          id,
                          HOW.toBuilder().fingerprint(PAYLOAD).build(),
                          (joined, context) -> effect(context)))
          .isInstanceOf(CodecException.class);
      try (Statement statement = transaction.createStatement()) {
        assertThat(statement.executeQuery("SELECT 1").next()).isTrue();
      }
      transaction.commit();
    }
    assertThat(runs).hasValue(1);
  }

  private void assertReplayed(Fingerprint payload) throws Exception {
    assertThat(
            occ.idempotency()
                .execute(id, HOW.toBuilder().fingerprint(payload).build(), this::effect))
        .isInstanceOf(Outcome.Replayed.class);
    assertThat(runs).hasValue(1);
  }

  private String effect(Object context) {
    return "run " + runs.incrementAndGet();
  }

  private String stored() throws SQLException {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT fingerprint FROM occ_mutation")) {
      assertThat(row.next()).isTrue();
      return row.getString(1);
    }
  }

  private void store(String fingerprint) throws SQLException {
    database.execute("UPDATE occ_mutation SET fingerprint = '" + fingerprint + "'");
  }
}
