/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.HexFormat;
import org.occ4j.jdbc.internal.Engine;

/**
 * The question whether a table has triggers that an update sets off, beside the library's own. They
 * would take an update of the library's own accord for a write of the application.
 */
final class UpdateTriggers {
  private UpdateTriggers() {}

  /**
   * SQL: whether there are any, as far as the user of the connection is shown them.
   *
   * @param schema the table's schema, spelled as it is
   * @param table the table, spelled as it is
   */
  static String exist(Engine engine, String schema, String table) {
    String ours = ForeignWriteTrigger.name(schema, table, engine);
    return switch (engine.family()) {
      case POSTGRESQL ->
          "EXISTS (SELECT 1 FROM pg_catalog.pg_trigger t WHERE NOT t.tgisinternal"
              + " AND t.tgtype & 16 <> 0 AND t.tgenabled <> 'D'"
              + (" AND t.tgrelid = " + quoted(engine.quote(schema) + "." + engine.quote(table)))
              + ("::regclass AND t.tgname <> " + quoted(ours) + ")");
      case MARIADB ->
          "EXISTS (SELECT 1 FROM information_schema.TRIGGERS WHERE EVENT_MANIPULATION = 'UPDATE'"
              + (" AND EVENT_OBJECT_SCHEMA = " + text(schema))
              + (" AND EVENT_OBJECT_TABLE = " + text(table))
              + (" AND TRIGGER_NAME <> " + text(ours) + ")");
      case H2 -> throw new UnsupportedOperationException("H2 has no list of a trigger's events");
    };
  }

  private static String quoted(String text) {
    return "'" + text.replace("'", "''") + "'";
  }

  /** Of hexadecimal digits, for whether a backslash escapes depends on the session. */
  private static String text(String text) {
    return "CONVERT(X'" + HexFormat.of().formatHex(text.getBytes(UTF_8)) + "' USING utf8mb4)";
  }
}
