/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.recipes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.change.Subscription;
import org.occ4j.jdbc.JdbcMutationPipeline;
import org.occ4j.jdbc.JdbcVersionedStore;
import org.occ4j.jdbc.OccDatabase;
import org.occ4j.jdbc.SqlEdit;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationResult;
import org.occ4j.mutex.KeyedMutex;

/** Messages that leave exactly if their mutation was applied, sent as soon as it is. */
class OutboxTest {

  /** Who takes the messages; it may be given one again, under the same number. */
  interface Broker {
    void send(long number, String text) throws Exception;
  }

  /**
   * The recipe. A message is a row that the mutation writes; the feed does no more than wake the
   * one who sends it, since it forgets what nobody heard. One node sends at a time, in the order of
   * the numbers; a node that dies in between has its last message sent again.
   */
  private static final class Outbox implements AutoCloseable {
    private final DataSource dataSource;
    private final KeyedMutex<String> mutex;
    private final Broker broker;
    private final ScheduledExecutorService sender = Executors.newSingleThreadScheduledExecutor();
    private final ScheduledFuture<?> retrying;
    private final Subscription following;

    Outbox(OccDatabase db, DataSource dataSource, String store, Duration retry, Broker broker) {
      this.dataSource = dataSource;
      this.mutex = db.mutex("outbox");
      this.broker = broker;
      // What is there from before this node started, what failed, and what was not heard of.
      this.retrying =
          sender.scheduleWithFixedDelay(this::run, 0, retry.toMillis(), TimeUnit.MILLISECONDS);
      this.following =
          db.changes()
              .follow(
                  change -> {
                    if (change.source().equals(store)) {
                      sender.execute(this::run);
                    }
                  });
    }

    /** An edit that also puts a message into the box. */
    static SqlEdit<String, String> telling(SqlEdit<String, String> edit, String text) {
      return (key, before, transaction) -> {
        String insert = "INSERT INTO outbox (text) VALUES (?)";
        try (PreparedStatement statement = transaction.prepareStatement(insert)) {
          statement.setString(1, text);
          statement.executeUpdate();
        }
        return edit.apply(key, before, transaction);
      };
    }

    private void run() {
      try {
        mutex.withLock("sender", this::sendAll);
      } catch (InterruptedException closing) {
        Thread.currentThread().interrupt();
      } catch (Exception failed) {
        // To be logged; the messages are still there, and the next run sends them.
      }
    }

    private Void sendAll() throws Exception {
      for (Message message : waiting()) {
        broker.send(message.number(), message.text());
        remove(message.number());
      }
      return null;
    }

    private record Message(long number, String text) {}

    private List<Message> waiting() throws SQLException {
      List<Message> messages = new ArrayList<>();
      String oldest = "SELECT id, text FROM outbox ORDER BY id FETCH FIRST 100 ROWS ONLY";
      try (Connection connection = dataSource.getConnection();
          Statement statement = connection.createStatement();
          ResultSet row = statement.executeQuery(oldest)) {
        while (row.next()) {
          messages.add(new Message(row.getLong(1), row.getString(2)));
        }
      }
      return messages;
    }

    private void remove(long number) throws SQLException {
      try (Connection connection = dataSource.getConnection();
          PreparedStatement statement =
              connection.prepareStatement("DELETE FROM outbox WHERE id = ?")) {
        statement.setLong(1, number);
        statement.executeUpdate();
      }
    }

    @Override
    public void close() {
      following.close();
      retrying.cancel(false);
      sender.shutdown(); // Not now: an interrupt inside H2 closes the database for everybody.
    }
  }

  private static Mutation<String, String> mutation(Expected expected) {
    MutationId id = new MutationId(new Scope("acme", "ana", "task.rename"), UUID.randomUUID());
    return Mutation.of(id, "1", expected, Edit.set("unused")).build();
  }

  @Test
  void message_leavesExactlyIfItsMutationIsApplied_onWhicheverNode() throws Exception {
    Map<Long, String> sent = new ConcurrentSkipListMap<>();
    AtomicBoolean down = new AtomicBoolean(true);
    Broker broker =
        (number, text) -> {
          if (down.getAndSet(false)) {
            throw new IllegalStateException("the broker is down");
          }
          sent.put(number, text);
        };
    try (HikariDataSource pool = Databases.pool();
        OccDatabase here = OccDatabase.builder(pool).createSchema().open();
        OccDatabase there = OccDatabase.open(pool)) {
      try (Connection connection = pool.getConnection();
          Statement statement = connection.createStatement()) {
        statement.execute(
            "CREATE TABLE outbox (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
                + " text VARCHAR(100) NOT NULL)");
      }
      JdbcVersionedStore<String, String> tasks =
          here.store("task", KeyCodec.strings(), Codec.strings()).recordChanges(true);
      JdbcMutationPipeline<String, String> pipeline = here.pipeline(tasks, Codec.strings()).build();
      Duration retry = Duration.ofMillis(200); // of a minute, in a service
      try (Outbox one = new Outbox(here, pool, "task", retry, broker);
          Outbox two = new Outbox(there, pool, "task", retry, broker)) {
        assertThat(List.of(one, two)).hasSize(2);
        Mutation<String, String> create = mutation(Expected.absent());
        SqlEdit<String, String> created = Outbox.telling((key, before, tx) -> "a", "created");
        assertThat(pipeline.apply(create, created).isApplied()).isTrue();
        assertThat(pipeline.apply(create, created).isApplied()).isTrue();
        assertThat(pipeline.apply(mutation(Expected.absent()), created))
            .isInstanceOf(MutationResult.Conflicted.class);
        SqlEdit<String, String> renamed = Outbox.telling((key, before, tx) -> "b", "renamed");
        pipeline.apply(mutation(Expected.present()), renamed).orThrow();
        await()
            .atMost(Duration.ofSeconds(90))
            .untilAsserted(() -> assertThat(sent.values()).containsExactly("created", "renamed"));
      }
    }
  }
}
