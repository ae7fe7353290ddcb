/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Locale;
import org.h2.api.Trigger;
import org.occ4j.testkit.Engine;

class H2StoreTriggersTest extends StoreTriggersContract {
  H2StoreTriggersTest() {
    super(Engine.H2);
  }

  @Override
  String timestamp() {
    return "TIMESTAMP(6) WITH TIME ZONE";
  }

  @Override
  List<String> recording(String name, String when, String event, String table, String text) {
    return trigger(name, when, event, table, Recorder.class);
  }

  @Override
  List<String> setting(String name, String event, String table) {
    return trigger(
        name, "BEFORE", event, table, table.equals("item") ? ItemSetter.class : OwnSetter.class);
  }

  private static List<String> trigger(
      String name, String when, String event, String table, Class<? extends Trigger> what) {
    return List.of(
        "CREATE TRIGGER %s %s %s ON %s FOR EACH ROW CALL '%s'"
            .formatted(name, when, event, table, what.getName()));
  }

  @Override
  String drop(String name, String table) {
    return "DROP TRIGGER " + name;
  }

  /** Writes its name, which says when it fires, into the table {@code fired}. */
  public static final class Recorder implements Trigger {
    private String text = "";

    /** Called by H2. */
    public Recorder() {}

    @Override
    public void init(
        Connection connection,
        String schema,
        String trigger,
        String table,
        boolean before,
        int type) {
      text = trigger.toUpperCase(Locale.ROOT).substring("REC_".length()).replace('_', ' ');
    }

    @Override
    public void fire(Connection connection, Object[] oldRow, Object[] newRow) throws SQLException {
      try (Statement statement = connection.createStatement()) {
        statement.execute("INSERT INTO fired VALUES ('" + text + "')");
      }
    }
  }

  /** Sets columns of an item. */
  public static final class ItemSetter implements Trigger {
    /** Called by H2. */
    public ItemSetter() {}

    @Override
    public void fire(Connection connection, Object[] oldRow, Object[] newRow) {
      newRow[1] = (Long) newRow[1] + 1000;
      newRow[2] = OffsetDateTime.parse("2001-02-03T04:05:06Z");
      newRow[3] = "trigger";
      newRow[4] = ((String) newRow[4]).toUpperCase(Locale.ROOT);
    }
  }

  /** Sets columns of the library's own table. */
  public static final class OwnSetter implements Trigger {
    /** Called by H2. */
    public OwnSetter() {}

    @Override
    public void fire(Connection connection, Object[] oldRow, Object[] newRow) {
      newRow[2] = (Long) newRow[2] + 1000;
      newRow[3] = "trigger";
    }
  }
}
