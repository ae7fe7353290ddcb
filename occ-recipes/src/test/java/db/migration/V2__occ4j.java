/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package db.migration;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.flywaydb.core.api.migration.BaseJavaMigration;
import org.flywaydb.core.api.migration.Context;
import org.occ4j.jdbc.OccDatabase;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;
import org.springframework.jdbc.datasource.init.ScriptUtils;

/** The library's tables by Flyway: the DDL of the release that the application is built with. */
public class V2__occ4j extends BaseJavaMigration {
  @Override
  public void migrate(Context context) {
    SingleConnectionDataSource here = new SingleConnectionDataSource(context.getConnection(), true);
    String ddl = OccDatabase.builder(here).ddl();
    ScriptUtils.executeSqlScript(
        context.getConnection(), new ByteArrayResource(ddl.getBytes(UTF_8)));
  }
}
