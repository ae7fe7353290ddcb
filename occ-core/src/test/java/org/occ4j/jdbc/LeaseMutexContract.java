/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.sql.Connection;
import org.junit.jupiter.api.AfterEach;
import org.occ4j.mutex.KeyedMutex;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.KeyedMutexContract;
import org.occ4j.testkit.TestDatabase;

/** The contract of the mutex over leases. */
abstract class LeaseMutexContract extends KeyedMutexContract {
  private final Engine engine;
  private final int rounds;
  private Connection keepsDatabaseAlive;
  private OccDatabase database;
  private int made;

  LeaseMutexContract(Engine engine, int rounds) {
    this.engine = engine;
    this.rounds = rounds;
  }

  @Override
  protected KeyedMutex<String> create() throws Exception {
    if (database == null) {
      TestDatabase server = engine.server().newDatabase();
      keepsDatabaseAlive = server.connect();
      database = OccDatabase.builder(server.dataSource()).createSchema().open();
    }
    return database.mutex("contract-" + made++);
  }

  @AfterEach
  void closeDatabase() throws Exception {
    database.close();
    keepsDatabaseAlive.close();
  }

  @Override
  protected int rounds() {
    return rounds;
  }
}
