/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.Versioned;
import org.occ4j.testkit.Engine;

class H2ForeignChangeTest extends ForeignChangeContract {
  private static final Column<String, String> TEXT =
      new Column<>("text", ColumnType.text(), value -> value);

  H2ForeignChangeTest() {
    super(Engine.H2_MEMORY);
  }

  @Override
  String textType() {
    return "VARCHAR(50)";
  }

  private static TableMapping.Builder<Long, String> table(String name) {
    return TableMapping.<Long, String>of(name).key("id", KeyCodec.longs(), ColumnType.longs());
  }

  private static TableMapping<Long, String> ended(TableMapping.Builder<Long, String> builder) {
    return builder.columns(List.of(TEXT)).reading((id, row) -> row.require(TEXT));
  }

  /** A script that was run in part must not leave writes unheard. */
  @Test
  void foreignWrite_whereTheTriggerHasNoSettings_isRefusedByName() throws Exception {
    database.execute("CREATE TABLE half (id BIGINT PRIMARY KEY, text VARCHAR(9), version BIGINT)");
    TableMapping<Long, String> half = ended(table("half").version("version").nullVersionAsZero());
    for (String statement : node.foreignWriteTriggers(half)) {
      if (!statement.startsWith("CREATE CONSTANT")) {
        database.execute(statement);
      }
    }
    assertThatThrownBy(() -> database.execute("INSERT INTO half VALUES (1, 'a', 1)"))
        .hasStackTraceContaining("occ4j_tell_PUBLIC_HALF has no constant");
    database.execute(node.foreignWriteTriggers(half).toArray(String[]::new));
    database.execute("INSERT INTO half VALUES (1, 'a', 1)");
    assertThat(logged()).containsExactly("put 1");
  }

  /** What the mark does, and what would happen if it stayed: the broken twin. */
  @Test
  void foreignWrite_inASessionThatIsMarked_isNotTold() throws Exception {
    String ddl = String.join("", node.foreignWriteTriggers(notes()));
    Matcher mark = Pattern.compile("mark=(-?[0-9]+)").matcher(ddl);
    assertThat(mark.find()).isTrue();
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      statement.execute("SET @occ_writes = " + mark.group(1));
      statement.execute("INSERT INTO note (id, text, version) VALUES (5, 'd', 1)");
      assertThat(logged()).isEmpty();
      statement.execute("SET @occ_writes = 1");
      statement.execute("INSERT INTO note (id, text, version) VALUES (6, 'e', 1)");
      assertThat(logged()).as("marked with another table").containsExactly("put 6");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"TIMESTAMP(6)", "TIMESTAMP(3)", "TIMESTAMP(6) WITH TIME ZONE", "TIMESTAMP(9)"})
  void foreignWrite_thatLeavesTheTime_raisesItAsTheLibraryDoes(String type) throws Exception {
    String name = "timed_" + type.replaceAll("[^0-9A-Z]+", "_");
    database.execute(
        "CREATE TABLE %s (id BIGINT PRIMARY KEY, text VARCHAR(9), updated_at %s NOT NULL)"
            .formatted(name, type));
    TableMapping<Long, String> timed = ended(table(name).updatedAt("updated_at"));
    database.execute(node.foreignWriteTriggers(timed).toArray(String[]::new));
    JdbcVersionedStore<Long, String> store = node.store(timed);
    Versioned<String> mine = store.put(1L, "a", Expected.absent()).orThrow();
    database.execute("UPDATE " + name + " SET text = 'b'");
    Versioned<String> theirs = store.get(1L).orElseThrow();
    assertThat(theirs.version()).isGreaterThan(mine.version());
    assertThat(store.put(1L, "c", Expected.version(mine.version())).isApplied()).isFalse();
    // A time that lies ahead is raised by one tick, also in an hour that a clock somewhere skips.
    String ahead = "'2030-03-31 02:30:00" + (type.contains("ZONE") ? "+00'" : "'");
    database.execute("UPDATE " + name + " SET updated_at = " + ahead);
    long before = store.get(1L).orElseThrow().version();
    database.execute("UPDATE " + name + " SET text = 'd'");
    assertThat(store.get(1L).orElseThrow().version())
        .isEqualTo(before + (type.equals("TIMESTAMP(3)") ? 1_000 : 1));
  }

  @Test
  void foreignWrite_ofCountedAndMissingVersions_raisesThemByOne() throws Exception {
    database.execute(
        "CREATE TABLE counted (id BIGINT PRIMARY KEY, text VARCHAR(9), version SMALLINT)",
        "INSERT INTO counted VALUES (1, 'a', NULL), (2, 'a', 7)");
    TableMapping<Long, String> counted =
        ended(
            table("counted")
                .version("version")
                .versions(VersionScheme.COUNTER)
                .nullVersionAsZero());
    database.execute(node.foreignWriteTriggers(counted).toArray(String[]::new));
    database.execute("UPDATE counted SET text = 'b'");
    JdbcVersionedStore<Long, String> store = node.store(counted);
    assertThat(store.get(1L).orElseThrow().version()).isEqualTo(1);
    assertThat(store.get(2L).orElseThrow().version()).isEqualTo(8);
  }

  @Test
  void foreignWrite_afterTheFileWasOpenedAgain_isTold(@TempDir Path folder) throws Exception {
    JdbcDataSource file = new JdbcDataSource();
    file.setURL("jdbc:h2:file:" + folder.resolve("notes"));
    TableMapping<Long, String> kept = ended(table("kept").version("version"));
    try (Connection connection = file.getConnection();
        Statement statement = connection.createStatement();
        OccDatabase first = OccDatabase.builder(file).createSchema().open()) {
      statement.execute(
          "CREATE TABLE kept (id BIGINT PRIMARY KEY, text VARCHAR(9), version BIGINT NOT NULL)");
      for (String ddl : first.foreignWriteTriggers(kept)) {
        statement.execute(ddl);
      }
    }
    try (Connection connection = file.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("INSERT INTO kept VALUES (1, 'a', 1)");
      statement.execute("ALTER TABLE kept ADD COLUMN more INTEGER BEFORE id");
      statement.execute("UPDATE kept SET text = 'b'");
      assertThat(told(connection)).isEqualTo(2);
    }
  }

  private static long told(Connection connection) throws SQLException {
    return Sql.number(connection, "SELECT COUNT(*) FROM occ_change WHERE item_key = '1'");
  }
}
