/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal;

import java.sql.Connection;
import java.sql.SQLDataException;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.sql.Statement;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.occ4j.CodecException;
import org.occ4j.OccException;
import org.occ4j.OutcomeUnknownException;
import org.occ4j.RetryPolicy;
import org.occ4j.SchemaException;
import org.occ4j.StoreUnavailableException;
import org.occ4j.Ticker;
import org.occ4j.TransactionConflictException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Borrows connections and turns what fails into an answer about the write.
 *
 * <p>A unit of work has phases, and the phase in which the connection breaks decides what is known:
 *
 * <pre>
 * borrow    not to be had            surely nothing was done
 * execute   in a transaction         surely nothing was done: the commit was never sent
 *           in auto-commit mode      a write may have been done
 * commit    answer lost              it may have been done
 * </pre>
 *
 * <p>Once a statement is out, only the server's own error proves that nothing was done ({@link
 * SqlErrors}). A connection whose driver fails in an unforeseen way is aborted ({@link Surprise}).
 *
 * <p>What the database itself rolled back (deadlock, serialization) is run again from its start, on
 * a new connection each time and with none held in between, as often as the policy allows.
 */
public final class Transactions {
  private static final Logger LOG = LoggerFactory.getLogger(Transactions.class);

  private final DataSource dataSource;
  private final RetryPolicy retry;
  private final Ticker ticker;

  /** The way to a database; nothing is borrowed yet. */
  public Transactions(DataSource dataSource, RetryPolicy retry, Ticker ticker) {
    this.dataSource = dataSource;
    this.retry = retry;
    this.ticker = ticker;
  }

  /** Runs reads that change nothing, so that a lost answer is just unavailability. */
  public <T extends @Nullable Object> T reading(SqlWork<T, RuntimeException> work) {
    return retrying(() -> onConnection(work, Effect.NONE));
  }

  /** Runs one writing statement in auto-commit mode. */
  public <T extends @Nullable Object> T statement(SqlWork<T, RuntimeException> work) {
    return retrying(() -> onConnection(work, Effect.WRITES));
  }

  /**
   * Runs a transaction of our own: commits if the work returns, rolls back if it throws.
   *
   * @throws E what the work threw, after the rollback
   */
  public <T extends @Nullable Object, E extends Exception> T transaction(SqlWork<T, E> work)
      throws E {
    return retrying(() -> inTransaction(work));
  }

  /**
   * Runs a transaction of our own that the work begins and commits by statements, where the
   * driver's ways of doing so cost round trips; it is rolled back by a statement if the work
   * throws.
   *
   * @throws E what the work threw, after the rollback
   */
  public <T extends @Nullable Object, E extends Exception> T begunByStatement(SqlWork<T, E> work)
      throws E {
    return retrying(() -> inBegunTransaction(work));
  }

  /**
   * Runs statements in the caller's transaction: one attempt, nothing set, committed or rolled
   * back.
   *
   * @throws TransactionConflictException if the database ended the transaction, or the driver
   *     failed in an unforeseen way; then the connection has been aborted
   * @throws OccException if the statements did nothing
   */
  public static <T extends @Nullable Object, E extends Exception> T joined(
      Connection connection, SqlWork<T, E> work) throws E {
    try {
      return work.run(connection);
    } catch (SQLException error) {
      if (Surprise.isIn(error)) {
        throw aborted(connection, error);
      }
      throw inCallersTransaction(error);
    } catch (RuntimeException | Error error) {
      if (Surprise.isIn(error)) {
        throw aborted(connection, error);
      }
      throw error;
    }
  }

  /** The caller's connection is aborted, so that whatever the caller does, it cannot commit. */
  public static TransactionConflictException aborted(Connection connection, Throwable reason) {
    Surprise.abort(connection, reason);
    return new TransactionConflictException(
        "the driver failed in an unforeseen way, the connection is aborted with its transaction: "
            + reason.getMessage(),
        reason);
  }

  /**
   * The error of a statement of the application's in the caller's transaction, or, if the database
   * has ended that by it, what says so: whoever runs the statement alone again would go on in
   * another transaction, without what had been written before.
   */
  public static Exception conflictIfEnded(SQLException error) {
    return SqlErrors.meaningOf(error) == SqlErrors.Meaning.TRANSACTION_DEAD ? ended(error) : error;
  }

  private static TransactionConflictException ended(SQLException error) {
    return new TransactionConflictException(
        "the database ended the transaction: " + error.getMessage(), error);
  }

  private static OccException inCallersTransaction(SQLException error) {
    return switch (SqlErrors.meaningOf(error)) {
      case TRANSACTION_DEAD -> ended(error);
      case TRANSACTION_FAILED ->
          new TransactionConflictException(
              "an earlier statement of the transaction failed, it has to be rolled back: "
                  + error.getMessage(),
              error);
      default -> notDone(error);
    };
  }

  /**
   * The connection, if it is in a transaction.
   *
   * @throws IllegalArgumentException if it is in auto-commit mode
   */
  public static Connection requireTransaction(Connection connection) {
    try {
      if (connection.getAutoCommit()) {
        throw new IllegalArgumentException(
            "the connection is in auto-commit mode: there is no transaction to join");
      }
      return connection;
    } catch (SQLException error) {
      throw notDone(error);
    }
  }

  private enum Effect {
    NONE,
    WRITES
  }

  /** One attempt; a {@link DeadTransaction} asks for another. */
  private interface Attempt<T extends @Nullable Object, E extends Exception> {
    T run() throws DeadTransaction, E;
  }

  /** The database rolled everything back. Checked, so that it cannot leave this class unnoticed. */
  private static final class DeadTransaction extends Exception {
    private static final long serialVersionUID = 1L;

    DeadTransaction(SQLException cause) {
      super(cause);
    }
  }

  private <T extends @Nullable Object, E extends Exception> T retrying(Attempt<T, E> attempt)
      throws E {
    long start = ticker.nanos();
    int outdated = 0;
    for (int made = 1; ; made++) {
      try {
        return attempt.run();
      } catch (DeadTransaction dead) {
        if (OutdatedPlan.isSaidBy(dead.getCause()) && ++outdated <= OutdatedPlan.MOST_REFUSALS) {
          made--; // Each pooled connection may refuse once: no attempt, and nothing to wait for.
          continue;
        }
        if (!retry.allowsAfter(made, ticker.nanos() - start)
            || Thread.currentThread().isInterrupted()) {
          throw new StoreUnavailableException(
              "rolled back by the database " + made + " times, nothing was done", dead.getCause());
        }
        LockSupport.parkNanos(retry.delayNanosAfter(made));
      }
    }
  }

  private <T extends @Nullable Object> T onConnection(
      SqlWork<T, RuntimeException> work, Effect effect) throws DeadTransaction {
    Connection connection = borrow();
    try {
      T result = work.run(connection);
      // A pool may hand out connections with auto-commit off; then the statement is ours to commit.
      if (!connection.getAutoCommit()) {
        connection.commit();
      }
      return result;
    } catch (SQLException error) {
      if (Surprise.isIn(error)) {
        Surprise.abort(connection, error);
      } else if (effect == Effect.WRITES && mayHaveBegun(error)) {
        endBegunWithoutCommit(connection, error);
      } else {
        rollBackUnlessAutoCommit(connection, error);
      }
      throw meaningInAutoCommit(error, effect);
    } catch (RuntimeException | Error error) {
      if (Surprise.isIn(error)) {
        Surprise.abort(connection, error);
        throw effect == Effect.WRITES ? unknown(error) : failed(error);
      }
      rollBackUnlessAutoCommit(connection, error);
      throw error;
    } finally {
      giveBack(connection);
    }
  }

  /**
   * Whether a block of MariaDB that begins a transaction may have left it open: in one that is
   * killed no handler runs, nor after an error that the server takes for fatal, as that of an
   * update for which there is no room on the disk; and the next statement that begins one would
   * commit what it had written. A driver that has a statement killed may say so by an error of its
   * own.
   */
  private static boolean mayHaveBegun(SQLException error) {
    return switch (SqlErrors.meaningOf(error)) {
      case INTERRUPTED, READ_ONLY, REFUSED -> true;
      default -> error instanceof SQLTimeoutException;
    };
  }

  private <T extends @Nullable Object, E extends Exception> T inTransaction(SqlWork<T, E> work)
      throws DeadTransaction, E {
    Connection connection = borrow();
    boolean autoCommit = true;
    try {
      autoCommit = begin(connection);
      T result = execute(connection, work, Transactions::endWithoutCommit);
      commit(connection);
      return result;
    } finally {
      restore(connection, autoCommit);
      giveBack(connection);
    }
  }

  private <T extends @Nullable Object, E extends Exception> T inBegunTransaction(SqlWork<T, E> work)
      throws DeadTransaction, E {
    Connection connection = borrow();
    try {
      return execute(connection, work, Transactions::endBegunWithoutCommit);
    } finally {
      giveBack(connection);
    }
  }

  /** Rolls back by a statement, or aborts the connection where that fails or the driver did. */
  private static boolean endBegunWithoutCommit(Connection connection, Throwable reason) {
    if (Surprise.isBehind(reason, connection)) {
      Surprise.abort(connection, reason);
      return true;
    }
    try (Statement statement = connection.createStatement()) {
      statement.execute("ROLLBACK");
    } catch (SQLException | RuntimeException alsoBroken) {
      // Its transaction may be open still, and the pool would not know.
      reason.addSuppressed(alsoBroken);
      Surprise.abort(connection, alsoBroken);
    }
    return false;
  }

  private Connection borrow() {
    try {
      return dataSource.getConnection();
    } catch (SQLException error) {
      throw new StoreUnavailableException(
          "no connection to the database: " + error.getMessage(), error);
    }
  }

  private static boolean begin(Connection connection) {
    try {
      boolean autoCommit = connection.getAutoCommit();
      if (autoCommit) {
        connection.setAutoCommit(false);
      }
      return autoCommit;
    } catch (SQLException error) {
      throw notDone(error);
    }
  }

  /** How a transaction ends that failed before its commit. */
  private interface Ending {
    /** True if the driver has failed and the connection was aborted. */
    boolean end(Connection connection, Throwable error);
  }

  private static <T extends @Nullable Object, E extends Exception> T execute(
      Connection connection, SqlWork<T, E> work, Ending ending) throws DeadTransaction, E {
    try {
      return work.run(connection);
    } catch (SQLException error) {
      ending.end(connection, error);
      if (SqlErrors.meaningOf(error) == SqlErrors.Meaning.TRANSACTION_DEAD) {
        throw new DeadTransaction(error);
      }
      throw notDone(error);
    } catch (Throwable error) {
      // What an effect threw is the application's; nothing was committed, whatever it is.
      if (ending.end(connection, error)
          && error instanceof RuntimeException
          && Surprise.isIn(error)) {
        throw failed(error);
      }
      throw error;
    }
  }

  /** Rolls back, or aborts the connection if the driver has failed; true then. */
  private static boolean endWithoutCommit(Connection connection, Throwable reason) {
    if (Surprise.isBehind(reason, connection)) {
      Surprise.abort(connection, reason);
      return true;
    }
    rollBack(connection, reason);
    return false;
  }

  private static void commit(Connection connection) throws DeadTransaction {
    try {
      connection.commit();
    } catch (SQLException error) {
      endWithoutCommit(connection, error);
      switch (SqlErrors.meaningOf(error)) {
        // Optimistic clusters certify at commit: the loser was rolled back and may run again.
        case TRANSACTION_DEAD -> throw new DeadTransaction(error);
        case UNKNOWN, INTERRUPTED -> throw unknown(error);
        default -> throw notDone(error);
      }
    } catch (RuntimeException | Error error) {
      Surprise.abort(connection, error);
      throw unknown(error);
    }
  }

  private static OccException meaningInAutoCommit(SQLException error, Effect effect)
      throws DeadTransaction {
    SqlErrors.Meaning meaning = SqlErrors.meaningOf(error);
    // A driver that cannot convert a content says so by a class, and not always by a SQLSTATE.
    boolean isData = meaning == SqlErrors.Meaning.DATA || error instanceof SQLDataException;
    if (isData && effect == Effect.NONE) {
      return unreadable(error);
    }
    switch (meaning) {
      case TRANSACTION_DEAD -> throw new DeadTransaction(error);
      case UNKNOWN, INTERRUPTED -> {
        return effect == Effect.WRITES ? unknown(error) : notDone(error);
      }
      default -> {
        return notDone(error);
      }
    }
  }

  /** What is known of a write if not the server itself has said that it did nothing: nothing. */
  public static OutcomeUnknownException unknown(Throwable error) {
    return new OutcomeUnknownException(
        "no answer of the server came, the write may have been done: " + error.getMessage(), error);
  }

  /** What is known of a write that the database refused. */
  public static OccException notDone(SQLException error) {
    return switch (SqlErrors.meaningOf(error)) {
      case DUPLICATE, DATA -> RejectedData.of(error);
      case STATEMENT ->
          new SchemaException(
              "the statement does not fit the database, nothing was changed: " + error.getMessage(),
              error);
      default ->
          new StoreUnavailableException(
              "the database did not do it, nothing was changed: " + error.getMessage(), error);
    };
  }

  /** Nobody's data was refused where nothing was written: a row has what its reader cannot take. */
  private static CodecException unreadable(SQLException error) {
    return new CodecException(
        "a row has a content that cannot be read as it is mapped: " + error.getMessage(), error);
  }

  /** What is known if the driver failed where nothing can have been changed. */
  private static StoreUnavailableException failed(Throwable error) {
    return new StoreUnavailableException(
        "the driver failed in an unforeseen way, nothing was changed: " + error.getMessage(),
        error);
  }

  private static void rollBackUnlessAutoCommit(Connection connection, Throwable reason) {
    rollBack(connection, reason, false);
  }

  private static void rollBack(Connection connection, Throwable reason) {
    rollBack(connection, reason, true);
  }

  private static void rollBack(Connection connection, Throwable reason, boolean always) {
    try {
      if (always || !connection.getAutoCommit()) {
        connection.rollback();
      }
    } catch (SQLException alsoBroken) {
      // The connection is broken; the server rolls back when it notices.
      reason.addSuppressed(alsoBroken);
    } catch (RuntimeException unforeseen) {
      reason.addSuppressed(unforeseen);
      Surprise.abort(connection, unforeseen);
    }
  }

  private static void restore(Connection connection, boolean autoCommit) {
    try {
      if (autoCommit && !connection.getAutoCommit()) {
        connection.setAutoCommit(true);
      }
    } catch (SQLException | RuntimeException broken) {
      // A broken connection is the pool's to throw away; what is known of the write is known
      // already.
      LOG.debug("could not put auto-commit back", broken);
    }
  }

  private static void giveBack(Connection connection) {
    try {
      connection.close();
    } catch (SQLException | RuntimeException broken) {
      LOG.debug("could not close a connection", broken);
    }
  }
}
