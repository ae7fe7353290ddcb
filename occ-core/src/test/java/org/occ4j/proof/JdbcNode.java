/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.proof;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.occ4j.Codec;
import org.occ4j.KeyCodec;
import org.occ4j.change.Change;
import org.occ4j.change.ChangeFollower;
import org.occ4j.idempotency.IdempotencyOptions;
import org.occ4j.jdbc.JdbcMutationPipeline;
import org.occ4j.jdbc.JdbcVersionedStore;
import org.occ4j.jdbc.OccDatabase;
import org.occ4j.jdbc.SqlEdit;
import org.occ4j.mutation.Mutation;
import org.occ4j.testkit.TestDatabase;

/** A node over a database, with a pool of its own, and a follower of the change feed. */
final class JdbcNode implements AutoCloseable {
  static final String STORE = "proof";
  static final Duration LEASE = Duration.ofSeconds(2);
  private static final int POOL = 4;

  /** A node that finds no connection for so long answers that the database is unavailable. */
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  private final HikariDataSource pool;
  private final OccDatabase database;
  private final Node node;

  /** Opens a node on tables that are there, with the cache that is on the class path. */
  JdbcNode(String name, DataSource reached, Consumer<Record> recorder) {
    this(name, reached, recorder, NodeCache.onClassPath());
  }

  /** Opens a node on tables that are there. */
  JdbcNode(String name, DataSource reached, Consumer<Record> recorder, NodeCache cache) {
    pool = pool(reached);
    database = OccDatabase.open(pool);
    JdbcVersionedStore<String, String> store =
        database.store(STORE, KeyCodec.strings(), Codec.strings()).recordChanges(true);
    JdbcMutationPipeline<String, String> pipeline =
        database.pipeline(store, Codec.strings()).build();
    node =
        new Node(
            name,
            store,
            (mutation, audited) ->
                audited ? pipeline.apply(mutation, auditing(mutation)) : pipeline.apply(mutation),
            (id, answer) ->
                database
                    .idempotency()
                    .executeInTransaction(
                        id,
                        IdempotencyOptions.returning(Codec.strings()),
                        (transaction, context) -> {
                          insert(transaction, id.clientMutationId().toString(), 0);
                          return answer;
                        }),
            database.mutex(STORE).lease(LEASE)::tryAcquire,
            cache.over(store, NodeCache.MAXIMUM_STALENESS));
    database.changes().follow(follower(name, recorder));
    if (node.cache() != null) {
      recordPolls(name, recorder);
    }
  }

  private static HikariDataSource pool(DataSource reached) {
    HikariConfig config = new HikariConfig();
    config.setDataSource(reached);
    config.setMaximumPoolSize(POOL);
    config.setConnectionTimeout(PATIENCE.toMillis());
    return new HikariDataSource(config);
  }

  private static SqlEdit<String, String> auditing(Mutation<String, String> mutation) {
    SqlEdit<String, String> edit =
        (key, before, transaction) -> mutation.edit().apply(before == null ? null : before.value());
    return edit.andThen(
        (key, before, after, transaction) ->
            insert(
                transaction,
                mutation.id().clientMutationId().toString(),
                after == null ? 0 : after.version()));
  }

  private static void insert(Connection transaction, String mutation, long version)
      throws SQLException {
    try (PreparedStatement insert =
        transaction.prepareStatement("INSERT INTO audit (mutation, version) VALUES (?, ?)")) {
      insert.setString(1, mutation);
      insert.setLong(2, version);
      insert.executeUpdate();
    }
  }

  private static ChangeFollower follower(String name, Consumer<Record> recorder) {
    return new ChangeFollower() {
      @Override
      public void changed(Change change) {
        if (change.source().equals(STORE)) {
          recorder.accept(
              new FeedEntry(
                  name,
                  change.kind().name(),
                  Objects.requireNonNull(change.key()),
                  change.version()));
        }
      }

      @Override
      public void missed(String reason) {
        recorder.accept(new FeedEntry(name, FeedEntry.MISSED, reason, 0));
      }
    };
  }

  /** Its cache is empty at this moment; from now on polls say what it knows. */
  private void recordPolls(String name, Consumer<Record> recorder) {
    database
        .changes()
        .followDirectly(
            new ChangeFollower() {
              @Override
              public void changed(Change change) {}

              @Override
              public void caughtUp(long asOf) {
                recorder.accept(new Poll(name, asOf, System.nanoTime()));
              }
            });
    long empty = System.nanoTime();
    recorder.accept(new Poll(name, empty, empty));
  }

  Node node() {
    return node;
  }

  OccDatabase database() {
    return database;
  }

  /** Has the pool replace its connections as they come back. */
  void evict() {
    pool.getHikariPoolMXBean().softEvictConnections();
  }

  /** Makes the tables of nodes. */
  static void createTables(TestDatabase database) throws SQLException {
    OccDatabase.builder(database.dataSource()).createSchema().open().close();
    database.execute("CREATE TABLE audit (mutation VARCHAR(40) NOT NULL, version BIGINT NOT NULL)");
  }

  /** The rows that effects and edits wrote. */
  static List<EffectRow> effects(TestDatabase database) throws SQLException {
    List<EffectRow> rows = new ArrayList<>();
    try (Connection connection = database.connect();
        Statement query = connection.createStatement();
        ResultSet row = query.executeQuery("SELECT mutation, version FROM audit")) {
      while (row.next()) {
        rows.add(new EffectRow(row.getString(1), row.getLong(2)));
      }
    }
    return rows;
  }

  @Override
  public void close() {
    NodeCache.Reads cache = node.cache();
    if (cache != null) {
      cache.close();
    }
    database.close();
    pool.close();
  }
}
