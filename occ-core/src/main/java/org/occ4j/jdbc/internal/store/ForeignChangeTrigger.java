/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.occ4j.Tag;
import org.occ4j.jdbc.internal.Identifiers;

/**
 * The DDL of triggers that append a change for each row that is written past the library, so that
 * caches and other followers hear of it.
 *
 * <p>A write of the library whose change is recorded must not be told twice.
 *
 * <ul>
 *   <li>On PostgreSQL such a write appends its change in the same statement, so when the trigger
 *       runs, which is at the end of the statement, that row is the last of this transaction in the
 *       log, and says this key and version.
 *   <li>On MariaDB a trigger runs in the middle of the statement. There the library marks the
 *       session with the table while it writes, and takes the mark away in the same block, also
 *       when that fails ({@link MariadbStoreDialect}).
 *   <li>On H2 a trigger is a Java class ({@link H2Triggers}), which looks for the same mark; it is
 *       set and taken away by statements of their own ({@link H2StoreDialect}).
 * </ul>
 */
public final class ForeignChangeTrigger {
  /** The variable that marks a session of MariaDB or H2. */
  public static final String MARK = "@occ_writes";

  /** What such a trigger fills of the change log's columns. */
  public static final String COLUMNS =
      "(source, kind, item_key, version, updated_by, tags, node, created_at)";

  /** No key of a store is longer, and none in a longer text. */
  public static final int KEY_LENGTH = 1_000;

  /** The writer's name is cut to this. */
  public static final int USER_LENGTH = 255;

  private final TableLayout layout;
  private final ForeignChange change;

  private ForeignChangeTrigger(TableLayout layout, ForeignChange change) {
    this.layout = layout;
    this.change = change;
  }

  /** What the session is marked with on MariaDB while the library writes this table. */
  static long mark(TableLayout layout) {
    return UUID.nameUUIDFromBytes(layout.table().getBytes(UTF_8)).getMostSignificantBits();
  }

  /** The name of the trigger that an update sets off. */
  static String name(TableLayout layout) {
    return name(layout, "");
  }

  private static String name(TableLayout layout, String event) {
    return Identifiers.shortened(
        "occ4j_tell_" + event + layout.schema() + "_" + layout.name(), layout.engine());
  }

  // PostgreSQL.

  /** The statements on PostgreSQL, each to be run by itself or all in one script. */
  static List<String> postgresql(TableLayout layout, ForeignChange change) {
    return new ForeignChangeTrigger(layout, change).postgresql();
  }

  private List<String> postgresql() {
    String name = layout.engine().quote(name(layout));
    String function = layout.engine().quote(layout.schema()) + "." + name;
    String truncate = layout.engine().quote(name(layout, "truncate_"));
    String body = postgresqlBody();
    String dollars = ForeignWriteTrigger.dollars(body);
    return List.of(
        """
        CREATE OR REPLACE FUNCTION %s() RETURNS trigger LANGUAGE plpgsql
          SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS %s
        %s%2$s;
        """
            .formatted(function, dollars, body),
        "DROP TRIGGER IF EXISTS %s ON %s;%n".formatted(name, layout.table()),
        """
        CREATE TRIGGER %s AFTER INSERT OR UPDATE OR DELETE ON %s
          FOR EACH ROW EXECUTE FUNCTION %s();
        """
            .formatted(name, layout.table(), function),
        "DROP TRIGGER IF EXISTS %s ON %s;%n".formatted(truncate, layout.table()),
        """
        CREATE TRIGGER %s AFTER TRUNCATE ON %s
          FOR EACH STATEMENT EXECUTE FUNCTION %s();
        """
            .formatted(truncate, layout.table(), function));
  }

  private String postgresqlBody() {
    String now = layout.engine().nowMicros();
    String source = quoted(change.source());
    String insert = "INSERT INTO " + change.table() + " " + COLUMNS + " VALUES (" + source + ", ";
    return """
        DECLARE
          told record;
        BEGIN
          IF TG_OP = 'TRUNCATE' THEN
            %1$s3, NULL, 0, NULL, %2$s, '', %3$s);
            RETURN NULL;
          END IF;
          SELECT source, kind, item_key, version INTO told FROM %4$s
            WHERE xact = pg_current_xact_id() ORDER BY id DESC LIMIT 1;
          IF TG_OP = 'DELETE' OR (TG_OP = 'UPDATE' AND %5$s <> %6$s) THEN
            IF (told.source = %7$s AND told.kind = 2 AND told.item_key = %5$s
                AND told.version = %8$s) IS NOT TRUE THEN
              %1$s2, %5$s, %8$s, NULL, '', '', %3$s);
            END IF;
          END IF;
          IF TG_OP <> 'DELETE' THEN
            IF (told.source = %7$s AND told.kind = 1 AND told.item_key = %6$s
                AND told.version <= %9$s AND told.version > CASE TG_OP WHEN 'UPDATE' THEN %8$s ELSE %9$s - 1 END)
                IS NOT TRUE THEN
              %1$s1, %6$s, %9$s, %10$s, '', '', %3$s);
            END IF;
          END IF;
          RETURN NULL;
        END\s"""
        .formatted(
            insert,
            quoted(Tag.ofStore(change.source()).name()),
            now,
            change.table(),
            postgresqlKey("OLD"),
            postgresqlKey("NEW"),
            source,
            version("OLD"),
            version("NEW"),
            updatedBy("NEW"));
  }

  private String postgresqlKey(String row) {
    String text =
        key(
            row,
            ForeignChangeTrigger::postgresqlPart,
            "replace(replace(%s, '%%', '%%25'), ':', '%%3A')",
            " || ':' || ");
    return "left(replace(" + text + ", E'\\\\', E'\\\\\\\\'), " + KEY_LENGTH + ")";
  }

  private static String postgresqlPart(String column, ForeignChange.KeyText part) {
    return switch (part) {
      case TEXT -> "CAST(%s AS TEXT)".formatted(column);
      case NUMBER -> "CAST(CAST(%s AS BIGINT) AS TEXT)".formatted(column);
      case UUID -> "lower(CAST(%s AS TEXT))".formatted(column);
      case DAY -> "to_char(%s, 'YYYY-MM-DD')".formatted(column);
    };
  }

  private static String quoted(String text) {
    return "'" + text.replace("'", "''") + "'";
  }

  // MariaDB.

  /** The statements on MariaDB, each to be run by itself. */
  static List<String> mariadb(TableLayout layout, ForeignChange change) {
    return new ForeignChangeTrigger(layout, change).mariadb();
  }

  private List<String> mariadb() {
    String deleted = mariadbInsert(2, "OLD", "NULL");
    String put = mariadbInsert(1, "NEW", updatedBy("NEW"));
    String moved =
        "IF NOT (%s <=> %s) THEN %s; END IF; "
            .formatted(mariadbKey("OLD"), mariadbKey("NEW"), deleted);
    return List.of(
        mariadb("INSERT", "insert_", put),
        mariadb("UPDATE", "", moved + put),
        mariadb("DELETE", "delete_", deleted));
  }

  private String mariadb(String event, String names, String statements) {
    String schema = layout.engine().quote(layout.schema()) + ".";
    String name = schema + layout.engine().quote(name(layout, names));
    return """
        CREATE OR REPLACE TRIGGER %s AFTER %s ON %s FOR EACH ROW
        IF NOT (%s <=> %d) THEN %s; END IF
        """
        .formatted(name, event, layout.table(), MARK, mark(layout), statements);
  }

  private String mariadbInsert(int kind, String row, String updatedBy) {
    String values =
        "%s, %d, %s, %s, %s, '', '', %s"
            .formatted(
                text(change.source()),
                kind,
                mariadbKey(row),
                version(row),
                updatedBy,
                layout.engine().nowMicros());
    return "INSERT INTO " + change.table() + " " + COLUMNS + " VALUES (" + values + ")";
  }

  private String mariadbKey(String row) {
    String escape = replaced(replaced("%s", "%", "%25"), ":", "%3A");
    String key = key(row, ForeignChangeTrigger::mariadbPart, escape, ", " + text(":") + ", ");
    String text = change.key().size() == 1 ? key : "CONCAT(" + key + ")";
    String stored = replaced(replaced(text, "\\", "\\\\"), "\0", "\\0");
    return "LEFT(" + stored + ", " + KEY_LENGTH + ")";
  }

  private static String replaced(String expression, String what, String by) {
    return "REPLACE(" + expression + ", " + text(what) + ", " + text(by) + ")";
  }

  private static String mariadbPart(String column, ForeignChange.KeyText part) {
    return switch (part) {
      case TEXT -> column;
      case NUMBER -> "CAST(%s + 0 AS CHAR)".formatted(column);
      case UUID -> "LOWER(CAST(%s AS CHAR))".formatted(column);
      case DAY -> "CAST(%s AS CHAR)".formatted(column);
    };
  }

  /**
   * Of hexadecimal digits, for whether a backslash escapes depends on the session; and of a
   * collation that is said, for that of a session which makes the trigger may be any.
   */
  private static String text(String text) {
    String digits = HexFormat.of().formatHex(text.getBytes(UTF_8));
    return "CONVERT(X'" + digits + "' USING utf8mb4) COLLATE utf8mb4_nopad_bin";
  }

  // Both.

  /** The text of a key, its parts escaped as the key's codec does where there are several. */
  private String key(
      String row,
      BiFunction<String, ForeignChange.KeyText, String> part,
      String escape,
      String separator) {
    List<String> parts = new ArrayList<>();
    for (int i = 0; i < change.key().size(); i++) {
      String text =
          part.apply(row + "." + layout.key().columns().get(i).name(), change.key().get(i));
      parts.add(change.key().size() == 1 ? text : escape.formatted(text));
    }
    return String.join(separator, parts);
  }

  /** The version as the library counts it, where it may be NULL too. */
  private String version(String row) {
    String version = layout.version();
    TimeColumn time = layout.time();
    String read =
        version != null || time == null
            ? row + "." + version
            : new TimeColumn(row + "." + time.name(), time.micros(), time.ofMicros(), time.tick())
                .read();
    return "COALESCE(" + read + ", 0)";
  }

  private String updatedBy(String row) {
    @Nullable String column = layout.updatedBy();
    return column == null ? "NULL" : "LEFT(" + row + "." + column + ", " + USER_LENGTH + ")";
  }
}
