/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.registry;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.occ4j.KeyCodec;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.Timestamps;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.idempotency.MutationRecord;
import org.occ4j.idempotency.Outcome;
import org.occ4j.jdbc.internal.PayloadLimit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Attempts that died after an effect elsewhere may have begun. Nobody may run them again; a person
 * finds out what became of them, and has the answer kept or the mutation forgotten.
 */
public final class UnresolvedMutations {
  private static final Logger LOG = LoggerFactory.getLogger(UnresolvedMutations.class);

  private final PayloadLimit payloads;
  private final RecentlyDone reported = new RecentlyDone();
  private final String find;
  private final String settle;

  /** Those of this database. */
  public UnresolvedMutations(MutationDialect dialect, PayloadLimit payloads) {
    this.payloads = payloads;
    String unresolved =
        "state = "
            + MutationRow.CLAIMED
            + (" AND external_call = TRUE AND lease_until <= " + dialect.now);
    this.find =
        "SELECT tenant, principal, operation, mutation_id, attempt, claimed_at FROM "
            + (dialect.table + " WHERE " + unresolved + " ORDER BY claimed_at LIMIT ?");
    this.settle =
        ("UPDATE " + dialect.table + " SET state = ?, codec = ?, answer = ?, completed_at = ")
            + (dialect.now + ", purge_after = " + dialect.now + " + ? WHERE ")
            + (MutationColumns.BY_KEY + " AND " + unresolved);
  }

  /** The oldest ones, at most so many. */
  public List<MutationRecord> find(Connection connection, int limit) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(find)) {
      statement.setInt(1, limit);
      List<MutationRecord> found = new ArrayList<>();
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          found.add(record(row));
        }
      }
      return found;
    }
  }

  private static MutationRecord record(ResultSet row) throws SQLException {
    Scope scope = new Scope(row.getString(1), row.getString(2), row.getString(3));
    MutationId id = new MutationId(scope, KeyCodec.uuids().decode(row.getBytes(4)));
    return new MutationRecord(
        id,
        MutationRecord.State.UNRESOLVED,
        row.getInt(5),
        Timestamps.ofMicros(row.getLong(6)),
        null);
  }

  /** Keeps this answer for a mutation; false if it is not unresolved. */
  public <T> boolean settle(
      Connection connection, MutationId id, IdempotencyOptions<T> how, @Nullable T answer)
      throws SQLException {
    AnswerBytes bytes = AnswerBytes.of(answer, how, payloads);
    try (PreparedStatement statement = connection.prepareStatement(settle)) {
      statement.setInt(1, MutationRow.codeOf(bytes.state()));
      statement.setString(2, bytes.bytes() == null ? null : bytes.codec());
      statement.setBytes(3, bytes.bytes());
      statement.setLong(4, MutationColumns.micros(how.retention()));
      MutationColumns.bindKey(statement, 5, id);
      return statement.executeUpdate() == 1;
    }
  }

  /** Logs, once for each mutation as long as this node remembers, that one waits for a person. */
  public <T> Outcome<T> reported(MutationId id, Outcome<T> outcome) {
    if (outcome instanceof Outcome.Unresolved<T> unresolved && !reported.mayHave(id)) {
      reported.add(id);
      LOG.warn(
          "{} {} is unresolved since {}: find out what became of it, then settle or forget it",
          id.scope().operation(),
          id.clientMutationId(),
          unresolved.claimedAt());
    }
    return outcome;
  }
}
