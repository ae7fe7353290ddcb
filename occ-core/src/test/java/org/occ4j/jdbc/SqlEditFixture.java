/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicInteger;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.testkit.Engine;

/** Edits with statements of their own, which write to a table of the caller's. */
abstract class SqlEditFixture extends TwoNodePipelineFixture {
  private static final int POOL_SIZE = 12;

  SqlEditFixture(Engine engine) {
    super(engine, POOL_SIZE);
  }

  static JdbcMutationPipeline<String, String> pipeline(OccDatabase node) {
    return node.pipeline(store(node), Codec.strings()).build();
  }

  static Mutation<String, String> mutation(Expected expected) {
    return mutation(expected, Edit.set("unused"));
  }

  static Mutation<String, String> mutation(Expected expected, Edit<String> edit) {
    return Mutation.of(id(), "a", expected, edit).build();
  }

  static void audit(Connection transaction, Mutation<?, ?> mutation, String text)
      throws SQLException {
    try (PreparedStatement insert =
        transaction.prepareStatement("INSERT INTO audit VALUES (?, ?)")) {
      insert.setString(1, mutation.id().clientMutationId().toString());
      insert.setString(2, text);
      insert.executeUpdate();
    }
  }

  static long number(String query) throws SQLException {
    try (Connection connection = pool.getConnection()) {
      return Sql.number(connection, query);
    }
  }

  static SqlEdit<String, String> counting(Mutation<?, ?> mutation, AtomicInteger runs) {
    return (key, before, transaction) -> {
      runs.incrementAndGet();
      audit(transaction, mutation, "counted");
      return before == null ? "1" : String.valueOf(Integer.parseInt(before.value()) + 1);
    };
  }

  Thread rival() {
    Thread rival = new Thread(() -> store(there).put("a", "rival", Expected.present()));
    rival.start();
    return rival;
  }
}
