/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.pipeline;

import java.nio.charset.StandardCharsets;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import org.occ4j.Codec;
import org.occ4j.KeyCodec;
import org.occ4j.jdbc.JdbcVersionedStore;
import org.occ4j.jdbc.OccDatabase;
import org.occ4j.testkit.TestDatabase;

/** Bytes under a key, in this library's own table and in one like it. */
final class PayloadRows implements RowShape<byte[]> {
  private static final String NAMESPACE = "task";

  @Override
  public byte[] zero() {
    return Payload.zero();
  }

  @Override
  public byte[] plusOne(byte[] value) {
    return Payload.plusOne(value);
  }

  @Override
  public long count(byte[] value) {
    return Payload.count(value);
  }

  @Override
  public Codec<byte[]> codec() {
    return Codec.bytes();
  }

  @Override
  public JdbcVersionedStore<String, byte[]> store(OccDatabase database, TestDatabase direct) {
    return database.store(NAMESPACE, KeyCodec.strings(), codec());
  }

  @Override
  public void create(TestDatabase direct) throws SQLException {
    HandWrittenTables.createRows(direct);
  }

  @Override
  public String table() {
    return "hand_row";
  }

  @Override
  public List<String> keyColumns() {
    return List.of("namespace", "item_key");
  }

  @Override
  public List<String> valueColumns() {
    return List.of("payload");
  }

  @Override
  public int bindKey(PreparedStatement statement, int index, String key) throws SQLException {
    statement.setString(index, NAMESPACE);
    statement.setBytes(index + 1, key.getBytes(StandardCharsets.UTF_8));
    return index + 2;
  }

  @Override
  public int bindValue(PreparedStatement statement, int index, byte[] value) throws SQLException {
    statement.setBytes(index, value);
    return index + 1;
  }

  @Override
  public byte[] value(ResultSet row, int index) throws SQLException {
    return row.getBytes(index);
  }
}
