/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.occ4j.testkit.Engine;

@Tag(Engine.POSTGRESQL_TAG)
class PostgresqlStoreTriggersTest extends StoreTriggersContract {
  PostgresqlStoreTriggersTest() {
    super(Engine.POSTGRESQL);
  }

  @Override
  String timestamp() {
    return "TIMESTAMPTZ(6)";
  }

  @Override
  List<String> recording(String name, String when, String event, String table, String text) {
    String row = event.equals("DELETE") ? "OLD" : "NEW";
    return trigger(
        name, when, event, table, "INSERT INTO fired VALUES ('" + text + "'); RETURN " + row);
  }

  @Override
  List<String> setting(String name, String event, String table) {
    String items =
        table.equals("item")
            ? " NEW.updated_at := '2001-02-03T04:05:06Z'; NEW.title := UPPER(NEW.title);"
            : "";
    return trigger(
        name,
        "BEFORE",
        event,
        table,
        "NEW.version := NEW.version + 1000; NEW.updated_by := 'trigger';" + items + " RETURN NEW");
  }

  private static List<String> trigger(
      String name, String when, String event, String table, String body) {
    return List.of(
        "CREATE FUNCTION "
            + name
            + "() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            + body
            + "; END $$",
        "CREATE TRIGGER %s %s %s ON %s FOR EACH ROW EXECUTE FUNCTION %1$s()"
            .formatted(name, when, event, table));
  }

  @Override
  String drop(String name, String table) {
    return "DROP FUNCTION " + name + " CASCADE";
  }
}
