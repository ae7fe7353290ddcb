/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag(Engine.MARIADB_TAG)
class MariadbServerTest extends DatabaseProcessContract {
  MariadbServerTest() {
    super(Engine.MARIADB);
  }

  @Override
  String versionPattern() {
    return "\\d+\\.\\d+.*MariaDB.*";
  }

  @Test
  void start_settings_areDurable() throws SQLException {
    TestDatabase database = server().newDatabase();
    assertThat(ask(database, "SELECT @@innodb_flush_log_at_trx_commit")).isEqualTo("1");
  }
}
