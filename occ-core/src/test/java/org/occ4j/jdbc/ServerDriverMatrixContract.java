/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import org.jspecify.annotations.Nullable;
import org.occ4j.testkit.DatabaseSmoke;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.TestDatabase;

/** A matrix over a server, where all cases share one database. */
abstract class ServerDriverMatrixContract extends DriverMatrixContract {
  private final Engine engine;
  private @Nullable TestDatabase database;

  ServerDriverMatrixContract(Engine engine) {
    super("&");
    this.engine = engine;
  }

  @Override
  TestDatabase database(String options) throws Exception {
    if (database == null) {
      TestDatabase fresh = engine.server().newDatabase();
      DatabaseSmoke.createTables(fresh);
      database = fresh;
    }
    return database;
  }
}
