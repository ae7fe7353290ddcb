/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.occ4j.testkit.Engine;

/** Triggers on MariaDB, by whichever driver. */
@Tag(Engine.MARIADB_TAG)
abstract class MariadbStoreTriggersContract extends StoreTriggersContract {
  MariadbStoreTriggersContract(Engine engine) {
    super(engine);
  }

  @Override
  String timestamp() {
    return "DATETIME(6)";
  }

  @Override
  List<String> recording(String name, String when, String event, String table, String text) {
    return trigger(name, when, event, table, "INSERT INTO fired VALUES ('" + text + "')");
  }

  @Override
  List<String> setting(String name, String event, String table) {
    String items =
        table.equals("item")
            ? ", NEW.updated_at = '2001-02-03 04:05:06', NEW.title = UPPER(NEW.title)"
            : "";
    return trigger(
        name,
        "BEFORE",
        event,
        table,
        "SET NEW.version = NEW.version + 1000, NEW.updated_by = 'trigger'" + items);
  }

  private static List<String> trigger(
      String name, String when, String event, String table, String body) {
    return List.of(
        "CREATE TRIGGER %s %s %s ON %s FOR EACH ROW %s".formatted(name, when, event, table, body));
  }

  @Override
  String drop(String name, String table) {
    return "DROP TRIGGER " + name;
  }
}
