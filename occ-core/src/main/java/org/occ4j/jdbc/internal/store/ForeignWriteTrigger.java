/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.store;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.occ4j.jdbc.internal.Engine;
import org.occ4j.jdbc.internal.Identifiers;

/**
 * The DDL of a trigger that raises version and time of a row wherever a statement leaves them as
 * they are, so that writes past the library are seen by the expectation of a later write.
 */
public final class ForeignWriteTrigger {
  private ForeignWriteTrigger() {}

  /** The trigger's name, of the schema too: tables of one name in two schemas have two triggers. */
  static String name(TableLayout layout) {
    return Identifiers.shortened(
        "occ4j_raise_" + layout.schema() + "_" + layout.name(), layout.engine());
  }

  /** The DDL in PostgreSQL. */
  public static String postgresql(TableLayout layout) {
    Engine engine = layout.engine();
    String schema = engine.quote(layout.schema()) + ".";
    String name = engine.quote(name(layout));
    StringBuilder body = new StringBuilder();
    for (Raise raise : raises(layout)) {
      body.append(
          "  IF NEW.%s = OLD.%1$s THEN NEW.%1$s := %s; END IF;%n"
              .formatted(raise.column(), raise.next()));
    }
    return """
        CREATE OR REPLACE FUNCTION %1$s%2$s() RETURNS trigger LANGUAGE plpgsql AS %5$s
        BEGIN
        %4$s  RETURN NEW;
        END %5$s;
        DROP TRIGGER IF EXISTS %2$s ON %3$s;
        CREATE TRIGGER %2$s BEFORE UPDATE ON %3$s
          FOR EACH ROW EXECUTE FUNCTION %1$s%2$s();
        """
        .formatted(schema, name, layout.table(), body, dollars(body));
  }

  /** A quote of PostgreSQL that is not in the text: a column may have any name. */
  private static String dollars(CharSequence text) {
    String quote = "$$";
    for (int i = 1; text.toString().contains(quote); i++) {
      quote = "$q" + i + "$";
    }
    return quote;
  }

  /** The DDL in MariaDB. */
  public static String mariadb(TableLayout layout) {
    Engine engine = layout.engine();
    String name = engine.quote(layout.schema()) + "." + engine.quote(name(layout));
    List<String> sets = new ArrayList<>();
    for (Raise raise : raises(layout)) {
      sets.add(
          "NEW.%s = IF(NEW.%1$s = OLD.%1$s, %s, NEW.%1$s)".formatted(raise.column(), raise.next()));
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
      raises.add(new Raise(version, layout.nextVersion("OLD." + version)));
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
