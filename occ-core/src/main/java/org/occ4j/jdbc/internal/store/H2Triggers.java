/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.store;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The DDL of the triggers of {@link ForeignWriteTrigger} and {@link ForeignChangeTrigger} on H2,
 * where both are one Java class. H2 hands it nothing but names, so what it has to know is a
 * constant of the name of the trigger: that is kept when H2 copies a table to alter it, and a
 * remark is not.
 */
public final class H2Triggers {
  private static final String TYPE = "org.occ4j.jdbc.h2.ForeignWriteTrigger";

  private H2Triggers() {}

  /**
   * The statements, each to be run by itself or all in one script.
   *
   * @param change what is appended to the change log, or null for nothing
   */
  public static List<String> ddl(TableLayout layout, @Nullable ForeignChange change) {
    List<String> ddl = new ArrayList<>();
    String settings = H2TriggerSettings.of(layout, change).text();
    add(ddl, layout, ForeignWriteTrigger.name(layout), "BEFORE UPDATE", settings);
    if (change != null) {
      String name = ForeignChangeTrigger.name(layout);
      add(ddl, layout, name, "AFTER INSERT, UPDATE, DELETE", settings);
    }
    return ddl;
  }

  private static void add(
      List<String> ddl, TableLayout layout, String name, String event, String settings) {
    String trigger = layout.engine().quote(layout.schema()) + "." + layout.engine().quote(name);
    ddl.add("DROP TRIGGER IF EXISTS %s;%n".formatted(trigger));
    ddl.add("DROP CONSTANT IF EXISTS %s;%n".formatted(trigger));
    ddl.add("CREATE CONSTANT %s VALUE '%s';%n".formatted(trigger, settings.replace("'", "''")));
    ddl.add(
        """
        CREATE TRIGGER %s %s ON %s
          FOR EACH ROW CALL '%s';
        """
            .formatted(trigger, event, layout.table(), TYPE));
  }
}
