/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.sql.Connection;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.occ4j.mutex.KeyedMutex;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.KeyedMutexContract;
import org.occ4j.testkit.TestDatabase;

/** The contract of the mutex over leases in H2. */
@Tag(Engine.MARIADB_TAG)
class MariadbLeaseMutexContractTest extends KeyedMutexContract {
  private static final int ROUNDS = 60;

  private Connection keepsDatabaseAlive;
  private OccDatabase database;
  private int made;

  @Override
  protected KeyedMutex<String> create() throws Exception {
    if (database == null) {
      TestDatabase server = Engine.MARIADB.server().newDatabase();
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
    return ROUNDS;
  }
}
