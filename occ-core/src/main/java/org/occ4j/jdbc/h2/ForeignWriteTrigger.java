/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.h2;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.h2.tools.TriggerAdapter;
import org.jspecify.annotations.Nullable;
import org.occ4j.jdbc.internal.store.H2TriggerSettings;

/**
 * The trigger of {@code OccDatabase.foreignWriteTriggers}, whose statements have H2 make it for a
 * table that is also written past the library. Before an update it raises the version and the time
 * of a row that the update leaves as they are; after a write it appends the row's change to the
 * change log.
 *
 * <p>H2 gives a trigger nothing but names. What else it has to know stands in a constant of the
 * same name, which the statement before the one that creates the trigger makes; without it every
 * write of the table fails and says so. It works with the rights of whoever writes, who therefore
 * needs the right to insert into the change log's table.
 *
 * <p>The library must be on the class path of every process that opens the database file, and of
 * the server where there is one. Thread-safe.
 */
public final class ForeignWriteTrigger extends TriggerAdapter {
  /** What H2 puts before the name while it copies a table that is altered; it is not told later. */
  private static final Pattern COPY = Pattern.compile("_COPY_\\d+_\\d+_");

  private volatile @Nullable H2TriggerSettings settings;

  /** For H2. */
  public ForeignWriteTrigger() {}

  /**
   * Called by H2 for each row.
   *
   * @param oldRow the row as it was, or null of an insert
   * @param newRow the row as it is to be, or null of a deletion
   */
  @Override
  public void fire(Connection connection, @Nullable ResultSet oldRow, @Nullable ResultSet newRow)
      throws SQLException {
    H2TriggerSettings known = settings;
    if (known == null) {
      known = read(connection);
      settings = known;
    }
    WrittenRow was = oldRow == null ? null : new WrittenRow(known, oldRow);
    WrittenRow is = newRow == null ? null : new WrittenRow(known, newRow);
    if (!before) {
      new ForeignChanges(known, connection).append(was, is);
    } else if (was != null && is != null) {
      is.raiseOver(was, connection);
    }
  }

  private H2TriggerSettings read(Connection connection) throws SQLException {
    SQLException none = null;
    for (String name : names()) {
      String constant = "SELECT " + quoted(schemaName) + "." + quoted(name);
      try (Statement statement = connection.createStatement();
          ResultSet row = statement.executeQuery(constant)) {
        row.next();
        return H2TriggerSettings.parse(row.getString(1));
      } catch (SQLException missing) {
        none = missing;
      }
    }
    throw new SQLException(
        "trigger %s.%s has no constant of its name to work by; run all statements of foreignWriteTriggers"
            .formatted(schemaName, triggerName),
        none);
  }

  /** The names that it may have been made under. */
  private List<String> names() {
    List<String> names = new ArrayList<>(List.of(triggerName));
    Matcher copy = COPY.matcher(triggerName);
    while (copy.find()) {
      names.add(triggerName.substring(copy.end()));
    }
    return names;
  }

  private static String quoted(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }
}
