/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.HexFormat;

/**
 * The question whether a table has triggers: those that an update sets off, beside the library's
 * own, which would take an update of the library's own accord for a write of the application; and
 * those that fire before a row is inserted.
 */
final class UpdateTriggers {
  private UpdateTriggers() {}

  /** SQL: whether there are any, as far as the user of the connection is shown them. */
  static String inPostgresql(TableLayout layout) {
    return "EXISTS (SELECT 1 FROM pg_catalog.pg_trigger t WHERE NOT t.tgisinternal"
        + " AND t.tgtype & 16 <> 0 AND t.tgenabled <> 'D'"
        + (" AND t.tgrelid = " + quoted(layout.table()) + "::regclass")
        + (" AND t.tgname NOT IN (" + quoted(ForeignWriteTrigger.name(layout)))
        + (", " + quoted(ForeignChangeTrigger.name(layout)) + "))");
  }

  /** SQL: whether it has triggers that fire for each row before it is inserted. */
  static String beforeInsertInPostgresql(TableLayout layout) {
    return "EXISTS (SELECT 1 FROM pg_catalog.pg_trigger t WHERE NOT t.tgisinternal"
        + " AND t.tgtype & 7 = 7 AND t.tgenabled <> 'D' AND t.tgrelid = "
        + (quoted(layout.table()) + "::regclass)");
  }

  /** SQL: whether an update sets any off, in MariaDB. */
  static String inMariadb(TableLayout layout) {
    return "EXISTS (SELECT 1 FROM information_schema.TRIGGERS WHERE EVENT_MANIPULATION = 'UPDATE'"
        + (" AND EVENT_OBJECT_SCHEMA = " + text(layout.schema()))
        + (" AND EVENT_OBJECT_TABLE = " + text(layout.name()))
        + (" AND TRIGGER_NAME NOT IN (" + text(ForeignWriteTrigger.name(layout)))
        + (", " + text(ForeignChangeTrigger.name(layout)) + "))");
  }

  private static String quoted(String text) {
    return "'" + text.replace("'", "''") + "'";
  }

  /** Of hexadecimal digits, for whether a backslash escapes depends on the session. */
  private static String text(String text) {
    return "CONVERT(X'" + HexFormat.of().formatHex(text.getBytes(UTF_8)) + "' USING utf8mb4)";
  }
}
