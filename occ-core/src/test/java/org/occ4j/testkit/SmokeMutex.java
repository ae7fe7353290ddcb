/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.occ4j.testkit.Patience.await;

import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import javax.sql.DataSource;
import org.occ4j.jdbc.JdbcKeyedMutex;
import org.occ4j.mutex.Hold;

/** The mutex's part of {@link DatabaseSmoke}. */
record SmokeMutex(
    JdbcKeyedMutex<String> mutex, JdbcKeyedMutex<String> elsewhere, Duration patience) {

  void excludes(String key) throws Exception {
    long token;
    try (Hold<String> hold = mutex.acquire(key, patience)) {
      token = hold.fencingToken();
      assertThat(elsewhere.tryAcquire(key)).isNull();
      assertThat(elsewhere.holder(key)).isPresent();
    }
    try (Hold<String> hold = elsewhere.acquire(key, patience)) {
      assertThat(hold.fencingToken()).isGreaterThan(token);
      assertThat(mutex.tryAcquire(key)).as("held by the other node").isNull();
    }
    try (var both = mutex.acquireAll(List.of(key, key + "'2"), patience)) {
      assertThat(both.isValid()).isTrue();
      assertThat(mutex.holders()).extracting(info -> info.key()).contains(key, key + "'2");
    }
  }

  void guards(DataSource tested, String key, SmokeMutations.Audit audit) throws Exception {
    try (Hold<String> hold = mutex.acquire(key, patience);
        Connection transaction = tested.getConnection()) {
      transaction.setAutoCommit(false);
      mutex.guard(transaction, hold);
      SmokeMutations.write(transaction, key);
      transaction.commit();
      transaction.setAutoCommit(true);
    }
    assertThat(audit.count(key)).isOne();
    await().atMost(patience).until(() -> elsewhere.holder(key).isEmpty());
  }

  void inTransaction(DataSource tested, String key) throws Exception {
    try (Connection transaction = tested.getConnection()) {
      transaction.setAutoCommit(false);
      mutex.acquireInTransaction(transaction, key, patience);
      assertThat(elsewhere.tryAcquire(key)).as("taken by a transaction").isNull();
      transaction.commit();
      transaction.setAutoCommit(true);
    }
    try (Hold<String> hold = elsewhere.acquire(key, patience)) {
      assertThat(hold.isValid()).isTrue();
    }
  }
}
