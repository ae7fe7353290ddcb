/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.sql.Connection;
import org.occ4j.MutationId;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.idempotency.IdempotencyRegistry;
import org.occ4j.idempotency.Outcome;

/**
 * A registry in a database table, shared by all nodes.
 *
 * <p>{@code execute} is for effects outside the database: it claims by one statement, runs the
 * effect without a connection, and completes by another, under a lease. The two methods here are
 * for effects inside the database and need no lease: the claim lives and dies with the transaction.
 */
public interface JdbcIdempotencyRegistry extends IdempotencyRegistry {

  /**
   * Runs {@code effect} in a transaction of our own, together with its claim and its answer; a
   * transient failure of the database (deadlock, serialization) runs the whole again, within
   * bounds.
   *
   * @throws org.occ4j.DataRejectedException if the database refuses data of the effect; its {@code
   *     SQLException} is the cause. A wrong statement of it is a {@link org.occ4j.SchemaException}
   * @throws org.occ4j.OutcomeUnknownException if the answer to the commit was lost, or the effect
   *     ended its transaction itself, as DDL and {@code TRUNCATE} do on MariaDB and H2. Then what
   *     it did before that is committed, and so is the claim: when its lease is over the mutation
   *     is {@link Outcome.Unresolved}, whatever {@code how} says, for to run it again would do that
   *     part twice
   * @throws Exception what the effect threw otherwise; everything was rolled back
   */
  <T> Outcome<T> executeInTransaction(MutationId id, IdempotencyOptions<T> how, SqlEffect<T> effect)
      throws Exception;

  /**
   * Runs {@code effect} in the caller's transaction. A duplicate is answered without waiting,
   * whatever {@code how} says of waiting, and leaves the transaction usable. It adds two statements
   * to the transaction, and one if there is an answer to replay; it sets nothing, and works under
   * any isolation level from READ COMMITTED on.
   *
   * <p>An attempt of another node that has not committed is refused as in flight before the effect
   * runs; on H2 after its lock time-out.
   *
   * <p>If the effect throws, what it did is undone to a savepoint and its claim is taken back, so
   * that the two stay together even if the caller commits in spite of the exception.
   *
   * @throws org.occ4j.DataRejectedException if the database refuses data of the effect; its {@code
   *     SQLException} is the cause. A wrong statement of it is a {@link org.occ4j.SchemaException}
   * @throws org.occ4j.OutcomeUnknownException if the effect ended the transaction itself, as DDL
   *     and {@code TRUNCATE} do on MariaDB and H2, with what follows as above; if it also threw,
   *     the connection has been aborted
   * @throws Exception what the effect threw otherwise
   * @throws org.occ4j.TransactionConflictException if the driver failed in an unforeseen way, and
   *     the connection was aborted; or if a rival with the same id committed first while this
   *     transaction cannot see it, or (under MariaDB's snapshot isolation) is at work; or if the
   *     database rolled the transaction back under an effect that made nothing of the error; roll
   *     back and run it again
   * @throws IllegalArgumentException if the connection is in auto-commit mode
   */
  <T> Outcome<T> joinTransaction(
      Connection transaction, MutationId id, IdempotencyOptions<T> how, SqlEffect<T> effect)
      throws Exception;
}
