/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.occ4j.Codec;
import org.occ4j.MutationId;
import org.occ4j.OutcomeUnknownException;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.idempotency.Outcome;
import org.occ4j.testkit.Engine;

/** PostgreSQL ends no transaction by itself; but an effect can, by a text. */
@Tag(Engine.POSTGRESQL_TAG)
class PostgresqlEndedByTheEffectTest extends EndedByTheEffectContract {
  PostgresqlEndedByTheEffectTest() {
    super(Engine.POSTGRESQL);
  }

  @Override
  List<String> commits() {
    return List.of("COMMIT", "END", "COMMIT AND CHAIN", "COMMIT; BEGIN", "/* done */ commit work");
  }

  @Override
  boolean deadlockCanBeSwallowed() {
    return false;
  }

  /** Of the transaction in which it failed nothing can be asked any more. */
  @Test
  void executeInTransaction_effectCommitsAndAStatementFails_isUnknown() throws Exception {
    MutationId id = id();
    SqlEffect<String> effect =
        (transaction, context) ->
            run(transaction, "INSERT INTO note VALUES ('a')", "COMMIT", "INSERT INTO no_table");
    assertThatThrownBy(() -> execute(id, effect)).isInstanceOf(OutcomeUnknownException.class);
    assertNeverRunAgain(id, effect);
  }

  @Test
  void executeInTransaction_effectCommitsAndASerializationFails_isUnknown() throws Exception {
    MutationId id = id();
    SqlEffect<String> effect =
        (transaction, context) ->
            run(
                transaction,
                "INSERT INTO note VALUES ('a')",
                "COMMIT",
                "DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '40001'; END $$");
    assertThatThrownBy(() -> execute(id, effect)).isInstanceOf(OutcomeUnknownException.class);
    assertNeverRunAgain(id, effect);
  }

  /** The driver sends savepoints of its own, in one that has failed as well. */
  @ParameterizedTest
  @ValueSource(strings = {"autosave=conservative", "autosave=always", "preferQueryMode=simple"})
  void executeInTransaction_driverWithAnOption_isUnknownAndNeverRunAgain(String option)
      throws Exception {
    HikariConfig config = new HikariConfig();
    String url = pool.getJdbcUrl();
    config.setJdbcUrl(url + (url.contains("?") ? "&" : "?") + option);
    config.setUsername(pool.getUsername());
    config.setPassword(pool.getPassword());
    config.setMaximumPoolSize(1);
    try (HikariDataSource other = new HikariDataSource(config);
        OccDatabase there = OccDatabase.open(other)) {
      for (String last : List.of("SELECT 1", "SELECT 1 / 0")) {
        MutationId id = id();
        SqlEffect<String> effect =
            (transaction, context) ->
                run(transaction, "INSERT INTO note VALUES ('a')", "COMMIT", last);
        IdempotencyOptions<String> how = IdempotencyOptions.returning(Codec.strings());
        assertThatThrownBy(() -> there.idempotency().executeInTransaction(id, how, effect))
            .isInstanceOf(OutcomeUnknownException.class);
        assertNeverRunAgain(id, effect);
        clear();
      }
    }
  }

  @Test
  void executeInTransaction_savepointsAndSettingsOfTheEffect_areItsOwn() throws Exception {
    assertThat(
            execute(
                id(),
                (transaction, context) ->
                    run(
                        transaction,
                        "SAVEPOINT mine",
                        "INSERT INTO note VALUES ('undone')",
                        "ROLLBACK TO SAVEPOINT mine",
                        "SET LOCAL search_path = pg_catalog, public",
                        "DISCARD SEQUENCES",
                        "RESET ALL",
                        "INSERT INTO public.note VALUES ('a')")))
        .isEqualTo(new Outcome.Executed<>("done", 1));
    assertThat(notes()).isOne();
  }

  /** The next one of the session's transactions is not taken for an earlier one. */
  @Test
  void executeInTransaction_manyInOneSession_eachIsItsOwn() throws Exception {
    for (int i = 0; i < 20; i++) {
      MutationId id = id();
      if (i % 4 == 3) {
        assertThatThrownBy(
                () ->
                    execute(
                        id,
                        (transaction, context) -> {
                          run(transaction, "INSERT INTO note VALUES ('undone')");
                          throw new IOException("no");
                        }))
            .isInstanceOf(IOException.class);
      } else {
        execute(id, (transaction, context) -> run(transaction, "INSERT INTO note VALUES ('a')"));
      }
    }
    assertThat(notes()).isEqualTo(15);
  }
}
