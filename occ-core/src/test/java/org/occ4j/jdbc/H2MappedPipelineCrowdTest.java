/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.sql.SQLException;
import org.occ4j.testkit.Engine;

class H2MappedPipelineCrowdTest extends MappedPipelineCrowdContract {
  H2MappedPipelineCrowdTest() {
    super(Engine.H2);
  }

  @Override
  String alterTitles() throws SQLException {
    database.execute("ALTER TABLE task ALTER COLUMN title SET DATA TYPE CHAR(4)");
    return "ab  ";
  }
}
