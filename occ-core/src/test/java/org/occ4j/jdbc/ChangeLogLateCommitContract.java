/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.occ4j.testkit.Patience.await;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.occ4j.change.Change;
import org.occ4j.change.ChangeDraft;
import org.occ4j.testkit.Concurrently;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.RecordingFollower;
import org.occ4j.testkit.TestDatabase;

/**
 * Writers that hold each transaction for a random time, with rollbacks, while a node polls: every
 * committed change is told exactly once. Beside it, on the same rows, the cursor that everybody
 * writes first, {@code id > last}, which must be seen to lose some, or the run proves nothing.
 */
abstract class ChangeLogLateCommitContract {
  private static final int WRITERS = 8;
  private static final int TRANSACTIONS = 60;
  private static final int KEYS = 6;

  private final Engine engine;
  private TestDatabase database;
  private HikariDataSource pool;
  private OccDatabase writer;
  private OccDatabase reader;

  ChangeLogLateCommitContract(Engine engine) {
    this.engine = engine;
  }

  @BeforeEach
  void open() throws SQLException {
    database = engine.server().newDatabase();
    pool = database.pool(3);
    OccDatabase.builder(pool).createSchema().open().close();
    database.execute("CREATE TABLE counter (k INT PRIMARY KEY, n BIGINT NOT NULL)");
    for (int key = 0; key < KEYS; key++) {
      database.execute("INSERT INTO counter VALUES (" + key + ", 0)");
    }
    Duration never = Duration.ofHours(1);
    writer = OccDatabase.builder(pool).pollInterval(never).open();
    reader = OccDatabase.builder(pool).pollInterval(never).open();
  }

  @AfterEach
  void close() {
    reader.close();
    writer.close();
    pool.close();
  }

  /** The cursor that everybody writes first. */
  private static final class GreatestNumber {
    private final List<Long> seen = new ArrayList<>();
    private long last;

    void poll(Connection connection) throws SQLException {
      try (PreparedStatement query =
          connection.prepareStatement("SELECT id FROM occ_change WHERE id > ? ORDER BY id")) {
        query.setLong(1, last);
        try (ResultSet row = query.executeQuery()) {
          while (row.next()) {
            last = row.getLong(1);
            seen.add(last);
          }
        }
      }
    }
  }

  @Test
  void poll_whileWritersHoldTheirTransactions_tellsEveryCommittedChangeOnce() throws Exception {
    RecordingFollower direct = new RecordingFollower();
    RecordingFollower ordered = new RecordingFollower();
    reader.changes().followDirectly(direct);
    reader.changes().follow(ordered);
    Queue<Long> committed = new ConcurrentLinkedQueue<>();
    GreatestNumber broken = new GreatestNumber();
    AtomicInteger writing = new AtomicInteger(WRITERS);
    Concurrently.threads(WRITERS + 1)
        .run(
            index -> {
              if (index == WRITERS) {
                pollWhile(writing, broken);
              } else {
                try {
                  write(index, committed);
                } finally {
                  writing.decrementAndGet();
                }
              }
              return null;
            })
        .values();
    reader.changes().poll();
    List<Long> told = direct.changes().stream().map(change -> change.token().position()).toList();
    assertThat(told).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(committed);
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> ordered.changes().size() == committed.size());
    assertEachKeyInTheOrderOfItsVersions(ordered.changes());
    assertThat(direct.missed()).isEmpty();
    assertThat(broken.seen).as("the broken twin").hasSizeLessThan(committed.size());
  }

  private void pollWhile(AtomicInteger writing, GreatestNumber broken) throws SQLException {
    try (Connection connection = database.connect()) {
      while (writing.get() > 0) {
        reader.changes().poll();
        broken.poll(connection);
        hold(new Random(), 10);
      }
      broken.poll(connection);
    }
  }

  private void write(int index, Queue<Long> committed) throws SQLException {
    Random random = new Random(index);
    try (Connection transaction = database.connect()) {
      transaction.setAutoCommit(false);
      for (int i = 0; i < TRANSACTIONS; i++) {
        int key = random.nextInt(KEYS);
        hold(random, 2);
        List<Long> numbers = new ArrayList<>();
        for (int rows = 1 + random.nextInt(2); rows > 0; rows--) {
          numbers.add(append(transaction, key, countUp(transaction, key)));
        }
        hold(random, 5);
        if (random.nextInt(10) == 0) {
          transaction.rollback();
        } else {
          transaction.commit();
          committed.addAll(numbers);
        }
      }
    }
  }

  /** Not to wait for anything, but so that transactions overlap in different ways. */
  private static void hold(Random random, int milliseconds) {
    LockSupport.parkNanos(random.nextInt(milliseconds * 1_000_000));
  }

  private static long countUp(Connection transaction, int key) throws SQLException {
    try (PreparedStatement update =
        transaction.prepareStatement("UPDATE counter SET n = n + 1 WHERE k = ?")) {
      update.setInt(1, key);
      update.executeUpdate();
    }
    return Sql.number(transaction, "SELECT n FROM counter WHERE k = " + key);
  }

  private long append(Connection transaction, int key, long version) throws SQLException {
    Change change =
        writer
            .changeLog()
            .insert(
                transaction,
                new ChangeDraft("test", Change.Kind.PUT, "k" + key, version, null, Set.of()));
    return change.token().position();
  }

  private static void assertEachKeyInTheOrderOfItsVersions(List<Change> changes) {
    Map<String, List<Long>> versions = new HashMap<>();
    for (Change change : changes) {
      versions
          .computeIfAbsent(String.valueOf(change.key()), key -> new ArrayList<>())
          .add(change.version());
    }
    assertThat(versions).hasSize(KEYS);
    versions.forEach((key, told) -> assertThat(told).as(key).isSorted());
  }
}
