/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.pipeline;

import java.lang.invoke.MethodHandles;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.List;
import org.occ4j.Codec;
import org.occ4j.jdbc.JdbcVersionedStore;
import org.occ4j.jdbc.OccDatabase;
import org.occ4j.jdbc.TableMapping;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.TestDatabase;

/** Tasks in a table of the application, which the pipeline maps; the same for every rival. */
final class TaskRows implements RowShape<TypedTask> {
  private static final String TABLE =
      "CREATE TABLE task (id VARCHAR(100) %s PRIMARY KEY, version BIGINT NOT NULL,"
          + " updated_at %s NOT NULL, updated_by VARCHAR(255), counted BIGINT NOT NULL,"
          + " title VARCHAR(200) NOT NULL, price DECIMAL(12, 2) NOT NULL, done BOOLEAN NOT NULL,"
          + " due_on DATE NOT NULL, remind_at %s NOT NULL) %s";

  @Override
  public TypedTask zero() {
    return TypedTask.ZERO;
  }

  @Override
  public TypedTask plusOne(TypedTask value) {
    return value.plusOne();
  }

  @Override
  public long count(TypedTask value) {
    return value.counted();
  }

  @Override
  public Codec<TypedTask> codec() {
    return TypedTask.CODEC;
  }

  @Override
  public JdbcVersionedStore<String, TypedTask> store(OccDatabase database, TestDatabase direct)
      throws SQLException {
    create(direct);
    MethodHandles.Lookup own = MethodHandles.lookup();
    return database.store(
        TableMapping.record(own, TypedTask.class, String.class).table(table()).build());
  }

  @Override
  public void create(TestDatabase direct) throws SQLException {
    direct.execute(
        direct.engine() == Engine.POSTGRESQL
            ? TABLE.formatted("COLLATE \"C\"", "TIMESTAMPTZ", "TIMESTAMP", "WITH (fillfactor = 85)")
            : TABLE.formatted(
                "COLLATE utf8mb4_nopad_bin",
                "DATETIME(6)",
                "DATETIME(6)",
                "ENGINE = InnoDB CHARACTER SET utf8mb4"));
  }

  @Override
  public String table() {
    return "task";
  }

  @Override
  public List<String> keyColumns() {
    return List.of("id");
  }

  @Override
  public List<String> valueColumns() {
    return List.of("counted", "title", "price", "done", "due_on", "remind_at");
  }

  @Override
  public int bindKey(PreparedStatement statement, int index, String key) throws SQLException {
    statement.setString(index, key);
    return index + 1;
  }

  @Override
  public int bindValue(PreparedStatement statement, int index, TypedTask value)
      throws SQLException {
    statement.setLong(index, value.counted());
    statement.setString(index + 1, value.title());
    statement.setBigDecimal(index + 2, value.price());
    statement.setBoolean(index + 3, value.done());
    statement.setObject(index + 4, value.dueOn());
    statement.setObject(index + 5, value.remindAt());
    return index + 6;
  }

  @Override
  public TypedTask value(ResultSet row, int index) throws SQLException {
    return new TypedTask(
        row.getLong(index),
        row.getString(index + 1),
        row.getBigDecimal(index + 2),
        row.getBoolean(index + 3),
        row.getObject(index + 4, LocalDate.class),
        row.getObject(index + 5, LocalDateTime.class));
  }
}
