/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.occ4j.change.ChangeToken;
import org.occ4j.jdbc.internal.change.GapCursor;
import org.occ4j.testkit.Engine;

@Tag(Engine.MARIADB_TAG)
class MariadbChangeLogRoundTripTest extends ChangeLogRoundTripContract {
  MariadbChangeLogRoundTripTest() {
    super(Engine.MARIADB);
  }

  @Test
  void poll_withMoreGapsThanOneStatementAsksFor_isOneMorePerThousand() throws SQLException {
    ChangeToken before = publish("before");
    try (Connection transaction = database().connect();
        Statement statement = transaction.createStatement()) {
      transaction.setAutoCommit(false);
      statement.executeUpdate(
          "INSERT INTO occ_change (source, kind, item_key, version, tags, node, created_at)"
              + " SELECT 'lost', 1, 'k', 1, '', 'elsewhere', 0 FROM seq_1_to_2500");
      transaction.rollback();
    }
    long gaps = publish("after").position() - before.position() - 1;
    assertThat(gaps).isBetween(2_500L, 5_000L);
    assertPollTakes(1);
    assertPollTakes(1 + (gaps - 1) / GapCursor.GAPS_PER_STATEMENT);
  }
}
