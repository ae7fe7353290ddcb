/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.registry;

import static java.util.concurrent.TimeUnit.MICROSECONDS;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.occ4j.KeyCodec;
import org.occ4j.MutationId;
import org.occ4j.idempotency.CrashPolicy;
import org.occ4j.idempotency.IdempotencyOptions;

/**
 * The columns of the mutation table as a statement names and binds them: the key of a row, and what
 * the row of a first attempt is filled with.
 */
public final class MutationColumns {

  /** The condition of one mutation's row; {@link #bindKey} binds it. */
  public static final String BY_KEY = "scope_hash = ? AND mutation_id = ?";

  /** The columns that an insert fills. */
  public static final String INSERT_COLUMNS =
      "scope_hash, mutation_id, tenant, principal, operation, state, attempt, fingerprint, codec,"
          + " answer, external_call, claimed_at, lease_until, completed_at, purge_after";

  /** How many parameters that takes. */
  public static final int INSERT_PARAMETERS = 13;

  // A century, so that no sum with the present time overflows.
  private static final long LONGEST_MICROS = MICROSECONDS.convert(Duration.ofDays(36_500));

  private MutationColumns() {}

  /** Binds {@link #BY_KEY}. */
  public static void bindKey(PreparedStatement statement, int index, MutationId id)
      throws SQLException {
    statement.setBytes(index, ScopeHashes.of(id.scope()));
    statement.setBytes(index + 1, KeyCodec.uuids().encode(id.clientMutationId()));
  }

  static String insertValues(String now) {
    return insertValues(now, "?");
  }

  /**
   * The values of an insert, to which {@link #bindInsert} binds.
   *
   * @param answer what the answer is, given the bytes that are bound for it as a parameter
   */
  public static String insertValues(String now, String answer) {
    return insertValues(now, answer, parameter -> "?");
  }

  /**
   * The values of an insert whose parameters come from elsewhere.
   *
   * @param answer what the answer is
   * @param parameter what stands for a parameter, given its number from 0 to 12; that of the answer
   *     is {@value #ANSWER_PARAMETER}
   */
  public static String insertValues(String now, String answer, IntFunction<String> parameter) {
    StringBuilder values = new StringBuilder();
    for (int i = 0; i < 6; i++) {
      values.append(parameter.apply(i)).append(", ");
    }
    return values
        .append("1, " + parameter.apply(6) + ", " + parameter.apply(7) + ", " + answer + ", ")
        .append(parameter.apply(9) + ", " + now + ", " + now + " + " + parameter.apply(10))
        .append(", CASE WHEN " + parameter.apply(11) + " = 1 THEN " + now + " END, ")
        .append(now + " + " + parameter.apply(12))
        .toString();
  }

  /** The number of the parameter that is the answer. */
  public static final int ANSWER_PARAMETER = 8;

  /** Binds the row of a first attempt: done with an answer, or under way without one. */
  public static void bindInsert(
      PreparedStatement statement,
      int first,
      MutationId id,
      IdempotencyOptions<?> how,
      @Nullable AnswerBytes answer)
      throws SQLException {
    bindKey(statement, first, id);
    statement.setString(first + 2, readable(id.scope().tenant()));
    statement.setString(first + 3, readable(id.scope().principal()));
    statement.setString(first + 4, readable(id.scope().operation()));
    statement.setInt(
        first + 5, answer == null ? MutationRow.CLAIMED : MutationRow.codeOf(answer.state()));
    statement.setString(first + 6, how.fingerprint().text());
    statement.setString(first + 7, answer == null ? null : answer.codec());
    statement.setBytes(first + 8, answer == null ? null : answer.bytes());
    statement.setBoolean(first + 9, holds(how));
    statement.setLong(first + 10, answer == null ? micros(how.lease()) : 0);
    statement.setInt(first + 11, answer == null ? 0 : 1);
    statement.setLong(first + 12, answer == null ? claimKeptMicros(how) : micros(how.retention()));
  }

  /**
   * Binds the row of a first attempt in a transaction, under way. Nobody else sees it, unless the
   * effect has had the transaction committed half done: then it must not be run again by itself.
   */
  static void bindClaimInTransaction(
      PreparedStatement statement, int first, MutationId id, IdempotencyOptions<?> how)
      throws SQLException {
    bindInsert(statement, first, id, how, null);
    statement.setBoolean(first + 9, true);
  }

  /** PostgreSQL has no text with a NUL in it. The key is the hash; this is for people to read. */
  private static String readable(String part) {
    return part.replace('\0', '\uFFFD');
  }

  /** Under HOLD an expired claim is as good as one that declared an external call. */
  static boolean holds(IdempotencyOptions<?> how) {
    return how.onCrash() == CrashPolicy.HOLD;
  }

  /** A claim is kept for the retention after its lease, so that a crash is not forgotten early. */
  static long claimKeptMicros(IdempotencyOptions<?> how) {
    return micros(how.lease()) + micros(how.retention());
  }

  /** Microseconds, one at least. */
  static long micros(Duration duration) {
    return Math.min(LONGEST_MICROS, Math.max(1, MICROSECONDS.convert(duration)));
  }
}
