/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.sql.Connection;
import java.sql.Statement;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.occ4j.Expected;
import org.occ4j.testkit.Engine;

/** Foreign changes on MariaDB, by whichever driver. */
@Tag(Engine.MARIADB_TAG)
abstract class MariadbForeignChangeContract extends ForeignChangeContract {
  MariadbForeignChangeContract(Engine engine) {
    super(engine);
  }

  @Override
  String textType() {
    return "VARCHAR(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin";
  }

  @Override
  String generatedKey() {
    return "BIGINT AUTO_INCREMENT";
  }

  /**
   * A statement that is killed runs no handler, and the mark of its session must go all the same.
   */
  @Test
  void foreignWrite_afterAnOwnOneThatTookTooLong_isTold() throws Exception {
    database.execute("INSERT INTO note (id, text, version) VALUES (1, 'a', 1)");
    try (Connection rival = database.connect();
        Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      rival.setAutoCommit(false);
      try (Statement locking = rival.createStatement()) {
        locking.execute("UPDATE note SET text = 'b' WHERE id = 1");
      }
      statement.execute("SET SESSION max_statement_time = 0.5");
      connection.setAutoCommit(false);
      assertThat(catchThrowable(() -> write(connection))).isNotNull();
      connection.rollback();
      rival.rollback();
      statement.execute("SET SESSION max_statement_time = 0");
      assertThat(toldOfAWriteBy(connection)).isTrue();
    }
  }

  /** What the mark does, and what would happen if it stayed: the broken twin. */
  @Test
  void foreignWrite_inASessionThatIsMarked_isNotTold() throws Exception {
    String ddl = String.join("", node.foreignWriteTriggers(notes()));
    Matcher mark = Pattern.compile("@occ_writes <=> (-?[0-9]+)").matcher(ddl);
    assertThat(mark.find()).isTrue();
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("SET @occ_writes = " + mark.group(1));
      assertThat(toldOfAWriteBy(connection)).isFalse();
      statement.execute("SET @occ_writes = 1");
      assertThat(toldOfAWriteBy(connection)).as("marked with another table").isTrue();
    }
  }

  private void write(Connection connection) {
    node.store(notes()).recordChanges(true).joining(connection).put(1L, "c", Expected.any());
  }

  private boolean toldOfAWriteBy(Connection connection) throws Exception {
    int before = logged().size();
    try (Statement statement = connection.createStatement()) {
      statement.execute("DELETE FROM note");
      statement.execute("INSERT INTO note (id, text, version) VALUES (5, 'd', 1)");
      connection.commit();
    }
    return logged().size() > before;
  }
}
