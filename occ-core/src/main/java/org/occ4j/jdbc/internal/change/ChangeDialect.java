/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.change;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import org.occ4j.change.ChangeDraft;
import org.occ4j.jdbc.internal.JdbcContext;

/**
 * The row of the change log as a part of the statement that makes the change, so that it costs no
 * round trip of its own.
 */
public final class ChangeDialect {
  private static final String COLUMNS =
      "(source, kind, item_key, updated_by, tags, node, created_at, version)";

  private final String table;
  private final String now;
  private final String node;

  /** The statements for this database. */
  public ChangeDialect(JdbcContext context) {
    this.table = context.schema().table("change");
    this.now = context.engine().nowMicros();
    this.node = context.node().toString();
  }

  /**
   * An insert to which {@link #bind} binds.
   *
   * @param version the change's version, as SQL; a parameter of it comes last
   */
  public String insert(String version) {
    return insert() + values(version);
  }

  /** An insert, before the {@link #values} of its rows. */
  public String insert() {
    return "INSERT INTO " + table + " " + COLUMNS + " VALUES ";
  }

  /** The values of one row of an insert. */
  private String values(String version) {
    return values(version, now);
  }

  /**
   * The values of one row of an insert.
   *
   * @param clock the database's clock, as the statement has read it when its row was locked
   */
  public String values(String version, String clock) {
    return "(?, ?, ?, ?, ?, ?, " + clock + ", " + version + ")";
  }

  /**
   * An insert for each row of a table, to which {@link #bind} binds.
   *
   * @param version the change's version, as SQL
   * @param from the table
   */
  public String insertFrom(String version, String from) {
    return insertFrom("?, ?, ?, ?, ?, ?", version, from);
  }

  /**
   * The same with the six parameters of {@link #bind} taken from elsewhere.
   *
   * @param parameters what stands for them, separated by commas
   */
  public String insertFrom(String parameters, String version, String from) {
    return "INSERT INTO "
        + (table + " " + COLUMNS + " SELECT " + parameters + ", " + now + ", " + version)
        + (" FROM " + from);
  }

  /**
   * On PostgreSQL: a statement that answers its version as {@code v}, and appends the change if it
   * answers at all.
   *
   * @param answering the statement
   * @param columns what it answers, separated by commas
   * @return a statement that answers the change's number and then {@code columns}
   */
  public String appending(String answering, String columns) {
    return "WITH w AS ("
        + answering
        + ("), c AS (" + insertFrom("w.v", "w") + " RETURNING id)")
        + (" SELECT c.id, " + columns + " FROM w, c");
  }

  /**
   * On PostgreSQL: a statement that gives a row another version, and with it the change that this
   * transaction has appended. {@link #bindCorrection} binds behind the statement's own parameters.
   *
   * @param answering the statement; it answers the version as {@code v}
   * @param columns what it answers, each behind {@code w.}
   */
  public String correcting(String answering, String columns) {
    return "WITH w AS ("
        + answering
        + ("), c AS (" + correction() + ") SELECT " + columns + " FROM w");
  }

  /** The correction of the change to the version that {@code w} answers as {@code v}. */
  public String correction() {
    return "UPDATE "
        + (table + " SET version = w.v FROM w WHERE xact = pg_current_xact_id_if_assigned()")
        + " AND source = ? AND item_key = ?";
  }

  /** Binds the parameters of {@link #correction}; returns the index after them. */
  public static int bindCorrection(PreparedStatement statement, int first, ChangeDraft draft)
      throws SQLException {
    statement.setString(first, draft.source());
    statement.setString(first + 1, ChangeRows.keyText(draft.key()));
    return first + 2;
  }

  /** On PostgreSQL: see {@link ChangeRows#insertOrTakeOver}. */
  String insertOrTakeOver() {
    String last = "(SELECT MAX(id) FROM " + table + " WHERE xact = pg_current_xact_id())";
    String told =
        ("UPDATE " + table + " SET updated_by = ?, tags = ?, node = ? WHERE id = " + last)
            + " AND source = ? AND kind = ? AND item_key = ? AND version = ? AND node = ''";
    String made = insertFrom("?", "(SELECT 1) one WHERE NOT EXISTS (SELECT 1 FROM told)");
    return "WITH told AS ("
        + (told + " RETURNING id), made AS (" + made + " RETURNING id)")
        + " SELECT id FROM told UNION ALL SELECT id FROM made";
  }

  /** Binds its parameters. */
  void bindInsertOrTakeOver(PreparedStatement statement, ChangeDraft draft) throws SQLException {
    statement.setString(1, draft.updatedBy());
    statement.setString(2, ChangeRows.text(draft.tags()));
    statement.setString(3, node);
    statement.setString(4, draft.source());
    statement.setInt(5, ChangeRows.code(draft.kind()));
    statement.setString(6, ChangeRows.keyText(draft.key()));
    statement.setLong(7, draft.version());
    statement.setLong(bind(statement, 8, draft), draft.version());
  }

  /** Binds the parameters of an insert; returns the index after them. */
  public int bind(PreparedStatement statement, int first, ChangeDraft draft) throws SQLException {
    int index = first;
    statement.setString(index++, draft.source());
    statement.setInt(index++, ChangeRows.code(draft.kind()));
    statement.setString(index++, ChangeRows.keyText(draft.key()));
    statement.setString(index++, draft.updatedBy());
    statement.setString(index++, ChangeRows.text(draft.tags()));
    statement.setString(index++, node);
    return index;
  }

  /**
   * A row that a writer of this node has appended to the change log, in a transaction that may
   * still be open.
   *
   * @param number the row's number
   * @param draft what it says
   */
  public record AppendedChange(long number, ChangeDraft draft) {}
}
