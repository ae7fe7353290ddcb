/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.sql.SQLException;
import org.junit.jupiter.api.Tag;
import org.occ4j.testkit.Engine;

@Tag(Engine.POSTGRESQL_TAG)
class PostgresqlMappedPipelineCrowdTest extends MappedPipelineCrowdContract {
  PostgresqlMappedPipelineCrowdTest() {
    super(Engine.POSTGRESQL);
  }

  @Override
  String alterTitles() throws SQLException {
    database.execute(
        "CREATE OR REPLACE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS"
            + " 'BEGIN NEW.title := upper(NEW.title); RETURN NEW; END'",
        "CREATE TRIGGER shout BEFORE UPDATE ON task FOR EACH ROW EXECUTE FUNCTION shout()");
    return "AB";
  }
}
