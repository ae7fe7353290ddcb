/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.pipeline;

import java.sql.SQLException;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.TestDatabase;

/**
 * The tables of the hand-written transaction: the columns, keys and indexes of this library's that
 * the same promises need, so that both write as much.
 */
final class HandWrittenTables {
  private static final String ROWS =
      "CREATE TABLE hand_row (namespace VARCHAR(100) %s NOT NULL, item_key %s NOT NULL,"
          + " version BIGINT NOT NULL, updated_at %s NOT NULL, updated_by VARCHAR(255),"
          + " payload %s NOT NULL, PRIMARY KEY (namespace, item_key)) %s";

  private static final String MUTATIONS =
      "CREATE TABLE hand_mutation (scope_hash %1$s NOT NULL, mutation_id %1$s NOT NULL,"
          + " tenant VARCHAR(255) NOT NULL, principal VARCHAR(255) NOT NULL,"
          + " operation VARCHAR(255) NOT NULL, fingerprint VARCHAR(64) NOT NULL,"
          + " codec VARCHAR(255), answer %2$s, claimed_at %3$s NOT NULL, completed_at %3$s,"
          + " purge_after %3$s NOT NULL, PRIMARY KEY (scope_hash, mutation_id))";

  private static final String CHANGES =
      "CREATE TABLE hand_change (id %s, %s source VARCHAR(255) NOT NULL, kind SMALLINT NOT NULL,"
          + " item_key VARCHAR(1000), version BIGINT NOT NULL, updated_by VARCHAR(255),"
          + " tags %s NOT NULL, node VARCHAR(36) NOT NULL, created_at %s NOT NULL,"
          + " PRIMARY KEY (id))";

  private static final String PURGE_INDEX =
      "CREATE INDEX hand_mutation_purge ON hand_mutation (purge_after)";

  private static final String INNODB =
      " ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin";

  private HandWrittenTables() {}

  /** The table of the rows, where they are like this library's own. */
  static void createRows(TestDatabase database) throws SQLException {
    database.execute(
        database.engine() == Engine.POSTGRESQL
            ? ROWS.formatted(
                "COLLATE \"C\"", "BYTEA", "TIMESTAMPTZ", "BYTEA", "WITH (fillfactor = 85)")
            : ROWS.formatted("", "VARBINARY(255)", "DATETIME(6)", "LONGBLOB", INNODB));
  }

  /** The tables of the ids and of the changes. */
  static void create(TestDatabase database) throws SQLException {
    if (database.engine() == Engine.POSTGRESQL) {
      createOnPostgresql(database);
    } else {
      createOnMariadb(database);
    }
  }

  /** A change's transaction has an index, by which a follower misses none that commits late. */
  private static void createOnPostgresql(TestDatabase database) throws SQLException {
    String time = "TIMESTAMPTZ";
    database.execute(
        MUTATIONS.formatted("BYTEA", "BYTEA", time),
        PURGE_INDEX,
        CHANGES.formatted(
            "BIGINT GENERATED ALWAYS AS IDENTITY",
            "xact XID8 NOT NULL DEFAULT pg_current_xact_id(),",
            "TEXT",
            time),
        "CREATE INDEX hand_change_xact ON hand_change (xact)");
  }

  private static void createOnMariadb(TestDatabase database) throws SQLException {
    String time = "DATETIME(6)";
    database.execute(
        MUTATIONS.formatted("VARBINARY(32)", "LONGBLOB", time) + INNODB,
        PURGE_INDEX,
        CHANGES.formatted("BIGINT NOT NULL AUTO_INCREMENT", "", "MEDIUMTEXT", time) + INNODB);
  }
}
