/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.store;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.occ4j.jdbc.internal.Engine;
import org.occ4j.jdbc.internal.Identifiers;

/**
 * The DDL of triggers for a table that is also written past the library: one raises version and
 * time of a row wherever a statement leaves them as they are, so that such a write is seen by the
 * expectation of a later one; others append its change ({@link ForeignChangeTrigger}).
 */
public final class ForeignWriteTrigger {
  private ForeignWriteTrigger() {}

  /** The trigger's name, of the schema too: tables of one name in two schemas have two triggers. */
  static String name(TableLayout layout) {
    return Identifiers.shortened(
        "occ4j_raise_" + layout.schema() + "_" + layout.name(), layout.engine());
  }

  /**
   * The statements on PostgreSQL.
   *
   * @param change what is appended to the change log, or null for nothing
   */
  public static List<String> postgresql(TableLayout layout, @Nullable ForeignChange change) {
    List<String> ddl = new ArrayList<>(postgresqlRaise(layout));
    if (change != null) {
      ddl.addAll(ForeignChangeTrigger.postgresql(layout, change));
    }
    return ddl;
  }

  private static List<String> postgresqlRaise(TableLayout layout) {
    Engine engine = layout.engine();
    String schema = engine.quote(layout.schema()) + ".";
    String name = engine.quote(name(layout));
    StringBuilder body = new StringBuilder();
    for (Raise raise : raises(layout)) {
      body.append(
          "  IF NEW.%s IS NOT DISTINCT FROM OLD.%1$s THEN NEW.%1$s := %s; END IF;%n"
              .formatted(raise.column(), raise.next()));
    }
    String function =
        """
        CREATE OR REPLACE FUNCTION %s%s() RETURNS trigger LANGUAGE plpgsql AS %s
        BEGIN
        %s  RETURN NEW;
        END %3$s;
        """
            .formatted(schema, name, dollars(body), body);
    String trigger =
        """
        CREATE TRIGGER %1$s BEFORE UPDATE ON %2$s
          FOR EACH ROW EXECUTE FUNCTION %3$s%1$s();
        """
            .formatted(name, layout.table(), schema);
    String drop = "DROP TRIGGER IF EXISTS %s ON %s;%n".formatted(name, layout.table());
    return List.of(function, drop, trigger);
  }

  /** A quote of PostgreSQL that is not in the text: a column may have any name. */
  static String dollars(CharSequence text) {
    String quote = "$$";
    for (int i = 1; text.toString().contains(quote); i++) {
      quote = "$q" + i + "$";
    }
    return quote;
  }

  /**
   * The statements on MariaDB.
   *
   * @param change what is appended to the change log, or null for nothing
   */
  public static List<String> mariadb(TableLayout layout, @Nullable ForeignChange change) {
    List<String> ddl = new ArrayList<>();
    ddl.add(mariadbRaise(layout));
    if (change != null) {
      ddl.addAll(ForeignChangeTrigger.mariadb(layout, change));
    }
    return ddl;
  }

  private static String mariadbRaise(TableLayout layout) {
    Engine engine = layout.engine();
    String name = engine.quote(layout.schema()) + "." + engine.quote(name(layout));
    List<String> sets = new ArrayList<>();
    for (Raise raise : raises(layout)) {
      sets.add(
          "NEW.%s = IF(NEW.%1$s <=> OLD.%1$s, %s, NEW.%1$s)"
              .formatted(raise.column(), raise.next()));
    }
    return """
        CREATE OR REPLACE TRIGGER %s BEFORE UPDATE ON %s
          FOR EACH ROW SET %s;
        """
        .formatted(name, layout.table(), String.join(",\n    ", sets));
  }

  /** A column, quoted, and what follows the content of {@code OLD}. */
  private record Raise(String column, String next) {}

  private static List<Raise> raises(TableLayout layout) {
    List<Raise> raises = new ArrayList<>();
    String version = layout.version();
    if (version != null) {
      raises.add(new Raise(version, layout.nextVersion("COALESCE(OLD." + version + ", 0)")));
    }
    @Nullable TimeColumn time = layout.time();
    if (time != null) {
      TimeColumn old =
          new TimeColumn("OLD." + time.name(), time.micros(), time.ofMicros(), time.tick());
      raises.add(new Raise(time.name(), time.content(old.next(layout.engine().nowMicros()))));
    }
    return raises;
  }
}
