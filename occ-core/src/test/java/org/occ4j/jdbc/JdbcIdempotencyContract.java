/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.occ4j.Codec;
import org.occ4j.CodecException;
import org.occ4j.LeaseLostException;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.Ticker;
import org.occ4j.idempotency.CrashPolicy;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.idempotency.Outcome;
import org.occ4j.idempotency.Outcome.Executed;
import org.occ4j.idempotency.PurgeReport;
import org.occ4j.jdbc.internal.registry.MutationColumns;
import org.occ4j.testkit.Engine;

/** What a registry in a database promises beyond the others. */
abstract class JdbcIdempotencyContract extends JoinedIdempotencyContract {
  JdbcIdempotencyContract(Engine engine) {
    super(engine);
  }

  JdbcIdempotencyContract(Engine engine, String options) {
    super(engine, options);
  }

  // ---- nobody waits

  @Test
  void execute_zombieBesideTheNextAttemptInATransaction_isNotHeldUp() throws Exception {
    MutationId id = id();
    // For this node's patience with a lock, ten seconds, half a second is enough.
    Ticker hurried = () -> System.nanoTime() * 20;
    try (OccDatabase zombie = settings(OccDatabase.builder(faulty)).ticker(hurried).open();
        Connection caller = transaction()) {
      assertThatThrownBy(
              () ->
                  zombie
                      .idempotency()
                      .execute(
                          id,
                          HOW,
                          context -> {
                            elapse(Duration.ofMinutes(2));
                            assertThat(
                                    there
                                        .idempotency()
                                        .joinTransaction(
                                            caller, id, HOW, (t, c) -> write(t, "next")))
                                .isEqualTo(new Executed<>("next", 2));
                            return "zombie";
                          }))
          .isInstanceOf(LeaseLostException.class);
      caller.commit();
    }
    assertReplayed(registry().execute(id, HOW, context -> "again"), "next");
  }

  @Test
  void externalCallStarting_twice_isTheSameAsOnce() throws Exception {
    Outcome<String> outcome =
        registry()
            .execute(
                id(),
                HOW.toBuilder().onCrash(CrashPolicy.HOLD).build(),
                context -> {
                  context.externalCallStarting();
                  context.externalCallStarting();
                  return "done";
                });
    assertThat(outcome).isEqualTo(new Executed<>("done", 1));
  }

  @Test
  void purge_lockedRows_areLeftForTheNextTime() throws Exception {
    MutationId locked = id();
    registry().execute(locked, HOW, context -> "x");
    registry().execute(id(), HOW, context -> "x");
    registry().execute(id(), HOW, context -> "x");
    elapse(Duration.ofHours(25));
    try (Connection other = transaction();
        PreparedStatement lock =
            other.prepareStatement(
                "SELECT state FROM occ_mutation WHERE " + MutationColumns.BY_KEY + " FOR UPDATE")) {
      MutationColumns.bindKey(lock, 1, locked);
      try (ResultSet row = lock.executeQuery()) {
        assertThat(row.next()).isTrue();
      }
      assertThat(registry().purge(100)).isEqualTo(new PurgeReport(2, false));
      other.rollback(); // a server notices a closed connection only later
    }
    assertThat(registry().purge(100)).isEqualTo(new PurgeReport(1, false));
  }

  @Test
  void purge_whileAnotherNodePurges_leavesItToThat() throws Exception {
    registry().execute(id(), HOW, context -> "x");
    elapse(Duration.ofHours(25));
    try (Connection other = transaction();
        Statement statement = other.createStatement();
        ResultSet row = statement.executeQuery("SELECT id FROM occ_meta FOR UPDATE")) {
      assertThat(row.next()).isTrue();
      assertThat(registry().purge(100)).isEqualTo(new PurgeReport(0, false));
      other.rollback(); // a server notices a closed connection only later
    }
    assertThat(registry().purge(100)).isEqualTo(new PurgeReport(1, false));
  }

  // ---- rows

  @Test
  void execute_scopesThatDifferInCaseOrBlanksOrHaveANul_areDifferent() throws Exception {
    UUID uuid = UUID.randomUUID();
    for (String tenant : List.of("a", "A", "a ", "\u00e4", "a\0")) {
      MutationId id = new MutationId(new Scope(tenant, "p", "o"), uuid);
      assertThat(registry().execute(id, HOW, context -> tenant))
          .isEqualTo(new Executed<>(tenant, 1));
      assertReplayed(registry().execute(id, HOW, context -> "again"), tenant);
    }
  }

  @Test
  void execute_keepsTheReadableScopeForOperators() throws Exception {
    MutationId id = id();
    registry().execute(id, HOW, context -> "x");
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery("SELECT tenant, principal, operation FROM occ_mutation")) {
      assertThat(row.next()).isTrue();
      assertThat(row.getString(1)).isEqualTo(id.scope().tenant());
      assertThat(row.getString(2)).isEqualTo(id.scope().principal());
      assertThat(row.getString(3)).isEqualTo(id.scope().operation());
    }
  }

  @Test
  void execute_formatOfAnotherNameThanStored_isRefused() throws Exception {
    MutationId id = id();
    registry().execute(id, HOW, context -> "the same again ".repeat(1_000));
    assertThatThrownBy(
            () ->
                registry()
                    .execute(
                        id, IdempotencyOptions.returning(Codec.bytes()), context -> new byte[0]))
        .isInstanceOf(CodecException.class)
        .hasMessageContaining("utf8/1");
  }

  @Test
  void execute_codecIdTooLong_isRefusedAndRunsNothing() {
    Codec<String> codec =
        Codec.of("x".repeat(256), Codec.strings()::encode, Codec.strings()::decode);
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                registry()
                    .execute(
                        id(),
                        IdempotencyOptions.returning(codec),
                        context -> "" + runs.incrementAndGet()));
    assertThat(runs).hasValue(0);
  }
}
