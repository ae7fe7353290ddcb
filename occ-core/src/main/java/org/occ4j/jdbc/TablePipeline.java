/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.occ4j.TransactionConflictException;
import org.occ4j.idempotency.Execution;
import org.occ4j.idempotency.MutationRecord;
import org.occ4j.idempotency.Outcome;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationResult;
import org.occ4j.mutation.Rejection;
import org.occ4j.mutation.internal.Playbook;

/**
 * The playbook over JDBC: everything under the claim happens in the claim's own transaction (G3).
 */
final class TablePipeline<K, V> implements JdbcMutationPipeline<K, V> {

  private final OwnTableStore<K, V> store;
  private final RegistryTable registry;
  private final Playbook<K, V> playbook;
  private final Execution<MutationResult<V>> defaults;

  TablePipeline(
      OwnTableStore<K, V> store,
      RegistryTable registry,
      Playbook<K, V> playbook,
      Execution<MutationResult<V>> defaults) {
    this.store = store;
    this.registry = registry;
    this.playbook = playbook;
    this.defaults = defaults;
  }

  @Override
  public MutationResult<V> apply(Mutation<K, V> mutation) throws InterruptedException {
    return playbook.apply(mutation, new OwnClaims(plain(mutation)));
  }

  @Override
  public MutationResult<V> apply(Mutation<K, V> mutation, SqlEdit<V> edit)
      throws InterruptedException {
    Objects.requireNonNull(edit, "edit");
    return playbook.apply(mutation, new OwnClaims(undoneOnRejection(edit)));
  }

  @Override
  public JoinedPipeline<K, V> joining(Connection connection) {
    return new Joining(store.joining(connection), connection);
  }

  private static <K, V> SqlEdit<V> plain(Mutation<K, V> mutation) {
    return (current, transaction) -> mutation.edit().apply(current);
  }

  /** A rejection is an answer and is kept; the rows that the edit had written before it are not. */
  private static <V> SqlEdit<V> undoneOnRejection(SqlEdit<V> edit) {
    return (current, transaction) -> {
      Savepoint before = transaction.setSavepoint();
      V next;
      try {
        next = edit.apply(current, transaction);
      } catch (Rejection no) {
        transaction.rollback(before);
        throw no;
      }
      release(transaction, before);
      return next;
    };
  }

  private static void release(Connection transaction, Savepoint savepoint) throws SQLException {
    // Held until the commit it would cost the server memory for nothing.
    transaction.releaseSavepoint(savepoint);
  }

  private Execution<MutationResult<V>> how(Mutation<K, V> mutation) {
    return defaults.fingerprint(mutation.fingerprint());
  }

  /** A transaction that the database ended is ours here: it is run again, not reported. */
  private static <T> T inOwnTransaction(Callable<T> work) throws Exception {
    try {
      return work.call();
    } catch (TransactionConflictException dead) {
      throw dead.getCause() instanceof SQLException error ? error : dead;
    }
  }

  /** Claims in transactions of our own. */
  private final class OwnClaims implements Playbook.Claims<K, V> {
    private final SqlEdit<V> edit;

    OwnClaims(SqlEdit<V> edit) {
      this.edit = edit;
    }

    @Override
    public MutationRecord.@Nullable State known(Mutation<K, V> mutation) {
      // An attempt of this node shows in no table before it commits; waiting for the turn behind
      // it would be waiting for ourselves if it is our own.
      return registry.calls().find(mutation.id()) != null
          ? MutationRecord.State.CLAIMED
          : registry.find(mutation.id()).map(MutationRecord::state).orElse(null);
    }

    @Override
    public Outcome<MutationResult<V>> once(Mutation<K, V> mutation, Playbook.Attempt<K, V> attempt)
        throws Exception {
      // One per attempt; the last is the one that was committed.
      List<JoinedStore<K, V>> opened = new ArrayList<>();
      Outcome<MutationResult<V>> outcome =
          registry.executeInTransaction(
              mutation.id(),
              how(mutation),
              (transaction, context) -> {
                JoinedStore<K, V> open = store.joining(transaction);
                opened.add(open);
                return inOwnTransaction(
                    () -> attempt.run(open, current -> edit.apply(current, transaction)));
              });
      if (outcome instanceof Outcome.Executed) {
        opened.get(opened.size() - 1).committed();
      }
      return outcome;
    }
  }

  /** The pipeline in the caller's transaction. */
  private final class Joining implements JoinedPipeline<K, V> {
    private final JoinedStore<K, V> open;
    private final Connection connection;

    Joining(JoinedStore<K, V> open, Connection connection) {
      this.open = open;
      this.connection = connection;
    }

    @Override
    public MutationResult<V> apply(Mutation<K, V> mutation) throws InterruptedException {
      return playbook.applyWithoutTurn(mutation, claims(plain(mutation)));
    }

    @Override
    public MutationResult<V> apply(Mutation<K, V> mutation, SqlEdit<V> edit)
        throws InterruptedException {
      Objects.requireNonNull(edit, "edit");
      return playbook.applyWithoutTurn(mutation, claims(undoneOnRejection(edit)));
    }

    @Override
    public void committed() {
      open.committed();
    }

    private Playbook.Claims<K, V> claims(SqlEdit<V> edit) {
      return new Playbook.Claims<>() {
        @Override
        public MutationRecord.@Nullable State known(Mutation<K, V> mutation) {
          return null; // joinTransaction looks for itself, in the caller's transaction
        }

        @Override
        public Outcome<MutationResult<V>> once(
            Mutation<K, V> mutation, Playbook.Attempt<K, V> attempt) throws Exception {
          return registry.joinTransaction(
              connection,
              mutation.id(),
              how(mutation),
              (transaction, context) ->
                  attempt.run(open, current -> edit.apply(current, transaction)));
        }
      };
    }
  }
}
