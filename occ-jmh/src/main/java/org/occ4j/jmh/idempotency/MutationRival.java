/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.idempotency;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.UUID;
import java.util.function.Function;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.occ4j.Codec;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.idempotency.Outcome;
import org.occ4j.jdbc.OccDatabase;
import org.springframework.integration.jdbc.metadata.JdbcMetadataStore;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** Who carries out a mutation once, whose effect is a row of the same database. */
public enum MutationRival {
  /** This library, in a transaction of its own. */
  OCC(pool -> occ(pool, false)),
  /** This library, in a transaction that the caller begins and commits. */
  OCC_JOINED(pool -> occ(pool, true)),
  /** Claim, effect and completion, each committed: what libraries with a lease do. */
  LEASE(HandWritten.Lease::new),
  /** One transaction: insert the claim, do it, update the claim with the answer. */
  INSERT_FIRST(HandWritten.InsertFirst::new),
  /** Spring Integration's store of keys in one transaction with the effect; it keeps no answer. */
  SPRING_METADATA(MutationRival::spring);

  /** Carries out mutations. */
  public interface Mutations extends AutoCloseable {
    /** Carries it out, unless it was; returns the answer where one is kept. */
    @Nullable String once(UUID id, String answer) throws Exception;

    @Override
    void close();
  }

  /** The effect of every rival. */
  static final String EFFECT = "INSERT INTO note VALUES (?, ?)";

  @SuppressWarnings("ImmutableEnumChecker") // lambdas
  private final Function<DataSource, Mutations> factory;

  MutationRival(Function<DataSource, Mutations> factory) {
    this.factory = factory;
  }

  /** On this database. */
  public Mutations open(DataSource pool) {
    return factory.apply(pool);
  }

  static String effect(Connection connection, UUID id, String answer) throws SQLException {
    try (PreparedStatement insert = connection.prepareStatement(EFFECT)) {
      insert.setString(1, id.toString());
      insert.setString(2, answer);
      insert.executeUpdate();
      return answer;
    }
  }

  private static Mutations occ(DataSource pool, boolean joined) {
    OccDatabase database = OccDatabase.builder(pool).createSchema().open();
    Scope scope = new Scope("acme", "ada", "note.add");
    IdempotencyOptions<String> how = IdempotencyOptions.returning(Codec.strings());
    return new Mutations() {
      @Override
      public @Nullable String once(UUID id, String answer) throws Exception {
        MutationId mutation = new MutationId(scope, id);
        return value(
            joined
                ? inOurTransaction(mutation, id, answer)
                : database
                    .idempotency()
                    .executeInTransaction(mutation, how, (c, context) -> effect(c, id, answer)));
      }

      private Outcome<String> inOurTransaction(MutationId mutation, UUID id, String answer)
          throws Exception {
        try (Connection connection = pool.getConnection()) {
          connection.setAutoCommit(false);
          Outcome<String> outcome =
              database
                  .idempotency()
                  .joinTransaction(
                      connection, mutation, how, (c, context) -> effect(c, id, answer));
          connection.commit();
          return outcome;
        }
      }

      private @Nullable String value(Outcome<String> outcome) {
        return outcome.orThrow();
      }

      @Override
      public void close() {
        database.close();
      }
    };
  }

  private static Mutations spring(DataSource pool) {
    JdbcTemplate template = new JdbcTemplate(pool);
    JdbcMetadataStore store = new JdbcMetadataStore(template);
    store.afterPropertiesSet();
    store.start();
    TransactionTemplate transactions = new TransactionTemplate(new JdbcTransactionManager(pool));
    return new Mutations() {
      @Override
      public @Nullable String once(UUID id, String answer) {
        return transactions.execute(
            status -> {
              String key = id.toString();
              String before = store.putIfAbsent(key, "done");
              if (before == null) {
                template.update(EFFECT, key, answer);
              }
              return before == null ? "done" : before;
            });
      }

      @Override
      public void close() {
        store.stop();
      }
    };
  }

  /** Statements on a table of one's own, as they are found in many services. */
  private abstract static class HandWritten implements Mutations {
    final DataSource pool;

    HandWritten(DataSource pool) {
      this.pool = pool;
    }

    static boolean claim(Connection connection, UUID id) throws SQLException {
      try (PreparedStatement insert =
          connection.prepareStatement(
              "INSERT INTO mutation VALUES (?, 'CLAIMED', NULL, CURRENT_TIMESTAMP)"
                  + " ON CONFLICT DO NOTHING")) {
        insert.setString(1, id.toString());
        return insert.executeUpdate() == 1;
      }
    }

    static String complete(Connection connection, UUID id, String answer) throws SQLException {
      try (PreparedStatement update =
          connection.prepareStatement(
              "UPDATE mutation SET state = 'DONE', answer = ? WHERE id = ?")) {
        update.setString(1, answer);
        update.setString(2, id.toString());
        update.executeUpdate();
        return answer;
      }
    }

    static @Nullable String stored(Connection connection, UUID id) throws SQLException {
      try (PreparedStatement select =
          connection.prepareStatement("SELECT answer FROM mutation WHERE id = ?")) {
        select.setString(1, id.toString());
        try (ResultSet row = select.executeQuery()) {
          return row.next() ? row.getString(1) : null;
        }
      }
    }

    @Override
    public void close() {}

    static final class Lease extends HandWritten {
      Lease(DataSource pool) {
        super(pool);
      }

      @Override
      public @Nullable String once(UUID id, String answer) throws SQLException {
        try (Connection connection = pool.getConnection()) {
          if (!claim(connection, id)) {
            return stored(connection, id);
          }
          effect(connection, id, answer);
          return complete(connection, id, answer);
        }
      }
    }

    static final class InsertFirst extends HandWritten {
      InsertFirst(DataSource pool) {
        super(pool);
      }

      @Override
      public @Nullable String once(UUID id, String answer) throws SQLException {
        try (Connection connection = pool.getConnection()) {
          connection.setAutoCommit(false);
          String kept =
              claim(connection, id)
                  ? complete(connection, id, effect(connection, id, answer))
                  : stored(connection, id);
          connection.commit();
          return kept;
        }
      }
    }
  }
}
