/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
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
import org.occ4j.mutation.MutationResult;
import org.occ4j.mutation.MutationResult.Applied;
import org.occ4j.testkit.DelegatingDataSource;
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

  /** The row that is read then was not locked, and the transaction would have no number. */
  @Test
  void apply_rivalCreatesTheKeyBetweenTheLockAndTheLook_isApplied() throws Exception {
    AtomicReference<Runnable> rival =
        new AtomicReference<>(() -> store(there).put("a", "rival", Expected.absent()).orThrow());
    try (OccDatabase node = OccDatabase.open(onceAfterALock(pool, rival))) {
      MutationResult<String> result =
          pipeline(node)
              .apply(
                  mutation(Expected.any()),
                  (key, before, transaction) ->
                      (before == null ? "new" : before.value()) + "+mine");
      assertThat(rival.get()).as("came between").isNull();
      assertThat(((Applied<String>) result).current().value()).isEqualTo("rival+mine");
    }
  }

  /** Else a second rival's write would come between the edit and its own. */
  @Test
  void apply_rivalCreatesTheKeyBetweenTheLockAndTheLook_rowIsLockedForTheEdit() throws Exception {
    AtomicReference<Runnable> rival =
        new AtomicReference<>(() -> store(there).put("a", "rival", Expected.absent()).orThrow());
    try (OccDatabase node = OccDatabase.open(onceAfterALock(pool, rival));
        Connection second = database.connect()) {
      try (Statement statement = second.createStatement()) {
        statement.execute("SET LOCK_TIMEOUT 10");
      }
      second.setAutoCommit(false);
      MutationResult<String> result =
          pipeline(node)
              .apply(
                  mutation(Expected.any()),
                  (key, before, transaction) -> {
                    assertThatThrownBy(
                            () -> store(there).joining(second).put("a", "no", Expected.any()))
                        .isInstanceOf(StoreUnavailableException.class);
                    return "mine";
                  });
      assertThat(((Applied<String>) result).current().value()).isEqualTo("mine");
      second.rollback();
    }
  }

  /** Connections that run something once, before the statement that follows one that locks. */
  private static DataSource onceAfterALock(
      DataSource real, AtomicReference<@Nullable Runnable> then) {
    return new DelegatingDataSource(real) {
      @Override
      public Connection getConnection() throws SQLException {
        Connection connection = super.getConnection();
        AtomicReference<String> last = new AtomicReference<>("");
        return (Connection)
            Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {Connection.class},
                (proxy, method, arguments) -> {
                  if (method.getName().equals("prepareStatement")
                      && last.getAndSet((String) arguments[0]).contains("FOR UPDATE")) {
                    Optional.ofNullable(then.getAndSet(null)).ifPresent(Runnable::run);
                  }
                  try {
                    return method.invoke(connection, arguments);
                  } catch (InvocationTargetException e) {
                    throw e.getCause();
                  }
                });
      }
    };
  }
}
