/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.pipeline;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.TestDatabase;

/**
 * Fills a rival's tables with rows and mutations as it writes them itself: it has it write one, and
 * multiplies that inside the server under other keys.
 *
 * <p>Ids are spread evenly and come in ascending order, so that an index is filled quickly, and new
 * ids, drawn at random, fall everywhere between them.
 */
final class TableFiller {
  private static final long ROWS_OF_A_STATEMENT = 250_000;
  private static final String TEMPLATE = "fill_template";

  /** As large as the first six bytes of an id can be. */
  private static final long SPREAD = 1L << 48;

  private final TestDatabase database;
  private final boolean postgresql;
  private final String rows;
  private final String mutations;

  TableFiller(TestDatabase database, PipelineRival who) {
    this.database = database;
    this.postgresql = database.engine() == Engine.POSTGRESQL;
    this.rows = who == PipelineRival.OCC ? "occ_store" : "hand_row";
    this.mutations = who == PipelineRival.OCC ? "occ_mutation" : "hand_mutation";
  }

  /** The key of a row that is numbered. */
  static String key(long number) {
    return "row:" + number;
  }

  /**
   * Fills both tables.
   *
   * @return the version of every row
   */
  long fill(Mutations writer, long total) throws Exception {
    String first = key(0);
    long version = writer.apply(new UUID(0, 0), first, writer.create(first));
    multiply(
        rows,
        "item_key",
        postgresql ? "convert_to('row:' || %s, 'UTF8')" : "CONCAT('row:', %s)",
        total);
    multiply(mutations, "mutation_id", id(SPREAD / total), total);
    if (postgresql) {
      database.execute("CHECKPOINT");
    }
    return version;
  }

  /** Adds answers like one that is there, whose retention is over. */
  void fillAnswersThatAreOver(long total) throws SQLException {
    multiply(
        mutations,
        "mutation_id",
        id(SPREAD / total),
        total,
        "UPDATE " + TEMPLATE + " SET purge_after = 1");
  }

  /** 16 bytes that grow with the number, the last ten of them random. */
  private String id(long step) {
    return postgresql
        ? "decode(lpad(to_hex(%1$s * " + step + "), 12, '0') || left(md5('' || %1$s), 20), 'hex')"
        : "UNHEX(CONCAT(LPAD(HEX(%1$s * " + step + "), 12, '0'), LEFT(MD5(%1$s), 20)))";
  }

  private void multiply(
      String table, String keyColumn, String key, long total, String... changesOfTheTemplate)
      throws SQLException {
    String number = postgresql ? "g.seq" : "seq";
    List<String> columns = columns(table);
    String values =
        String.join(", ", columns)
            .replaceAll("\\b" + keyColumn + "\\b", key.formatted(number).replace("$", "\\$"));
    database.execute(
        "DROP TABLE IF EXISTS " + TEMPLATE,
        "CREATE TABLE " + TEMPLATE + " AS SELECT * FROM " + table + " LIMIT 1");
    database.execute(changesOfTheTemplate);
    for (long from = 1; from <= total; from += ROWS_OF_A_STATEMENT) {
      long to = Math.min(total, from + ROWS_OF_A_STATEMENT - 1);
      database.execute(
          "INSERT INTO %s (%s) SELECT %s FROM %s, %s"
              .formatted(table, String.join(", ", columns), values, TEMPLATE, numbers(from, to)));
      System.out.printf("%s: %,d of %,d%n", table, to, total);
    }
    database.execute((postgresql ? "VACUUM ANALYZE " : "ANALYZE TABLE ") + table);
  }

  private String numbers(long from, long to) {
    return postgresql
        ? "generate_series(CAST(%d AS BIGINT), %d) AS g(seq)".formatted(from, to)
        : "seq_%d_to_%d".formatted(from, to);
  }

  private List<String> columns(String table) throws SQLException {
    List<String> names = new ArrayList<>();
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT * FROM " + table + " LIMIT 1")) {
      for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
        names.add(row.getMetaData().getColumnName(i));
      }
    }
    return names;
  }
}
