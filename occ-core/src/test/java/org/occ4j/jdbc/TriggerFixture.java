/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.occ4j.Codec;
import org.occ4j.KeyCodec;
import org.occ4j.Versioned;
import org.occ4j.store.WriteResult;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.TestDatabase;

/** Tables of the library and of the application, to which triggers are added. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class TriggerFixture {
  private static final List<String> EVENTS = List.of("INSERT", "UPDATE", "DELETE");

  /** What the value of an item is: a title, and a code that is unique among the items. */
  record Item(String title, @Nullable String code) {}

  private static final Column<Item, String> TITLE =
      new Column<>("title", ColumnType.text(), Item::title);
  private static final Column<Item, String> CODE =
      new Column<>("code", ColumnType.text(), Item::code);

  final Engine engine;
  TestDatabase database;
  private HikariDataSource pool;
  OccDatabase node;

  TriggerFixture(Engine engine) {
    this.engine = engine;
  }

  /** The type of a time of six digits. */
  abstract String timestamp();

  /** A trigger that writes {@code text} into the table {@code fired}. */
  abstract List<String> recording(
      String name, String when, String event, String table, String text);

  /**
   * A BEFORE trigger that raises the version by 1000 and sets the writer, and in the table of items
   * the time and the title in capitals.
   */
  abstract List<String> setting(String name, String event, String table);

  /** Removes a trigger. */
  abstract String drop(String name, String table);

  // ---- the tables

  @BeforeAll
  void makeDatabase() throws SQLException {
    TestDatabase fresh = engine.server().newDatabase();
    database =
        engine == Engine.H2 || engine == Engine.H2_MEMORY
            ? new TestDatabase(
                engine, fresh.jdbcUrl() + ";LOCK_TIMEOUT=60000", fresh.user(), fresh.password())
            : fresh;
    pool = database.pool(4);
    OccDatabase.builder(pool).createSchema().open().close();
    database.execute(
        "CREATE TABLE item (id BIGINT PRIMARY KEY, version BIGINT NOT NULL, updated_at "
            + timestamp()
            + " NOT NULL, updated_by VARCHAR(50), title VARCHAR(100) NOT NULL,"
            + " code VARCHAR(50) UNIQUE)",
        "CREATE TABLE fired (text VARCHAR(200))");
  }

  @AfterAll
  void closePool() {
    pool.close();
  }

  @BeforeEach
  void open() throws SQLException {
    database.execute(
        "DELETE FROM item", "DELETE FROM occ_store", "DELETE FROM occ_change", "DELETE FROM fired");
    node = OccDatabase.open(pool);
  }

  private final List<String> triggers = new ArrayList<>();

  @AfterEach
  void dropTriggers() throws SQLException {
    node.close();
    database.execute(triggers.toArray(String[]::new));
    triggers.clear();
  }

  void add(List<String> ddl, String name, String table) throws SQLException {
    database.execute(ddl.toArray(String[]::new));
    triggers.add(drop(name, table));
  }

  void recordEverything(String table) throws SQLException {
    for (String when : List.of("BEFORE", "AFTER")) {
      for (String event : EVENTS) {
        String name = "rec_" + when + "_" + event;
        add(recording(name, when, event, table, when + " " + event), name, table);
      }
    }
  }

  List<String> fired() throws SQLException {
    List<String> fired = new ArrayList<>();
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT text FROM fired")) {
      while (row.next()) {
        fired.add(row.getString(1));
      }
    }
    return fired;
  }

  // ---- the stores

  /** Which table a test is about. */
  enum Table {
    OWN,
    MAPPED;

    String tableName() {
      return this == OWN ? "occ_store" : "item";
    }
  }

  TableMapping<Long, Item> mapping() {
    return TableMapping.<Long, Item>of("item")
        .key("id", KeyCodec.longs(), ColumnType.longs())
        .version("version")
        .updatedAt("updated_at")
        .updatedBy("updated_by")
        .columns(List.of(TITLE, CODE))
        .reading((id, row) -> new Item(row.require(TITLE), row.get(CODE)));
  }

  JdbcVersionedStore<Long, Item> store(Table table) {
    Codec<Item> titles =
        Codec.of(
            "title",
            item -> Codec.strings().encode(item.title()),
            bytes -> new Item(Codec.strings().decode(bytes), null));
    return table == Table.OWN
        ? node.store("item", KeyCodec.longs(), titles)
        : node.store(mapping());
  }

  static Item item(String title) {
    return new Item(title, null);
  }

  static Versioned<Item> now(WriteResult<Item> result) {
    return Objects.requireNonNull(result.orThrow());
  }
}
