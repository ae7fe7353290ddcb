/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.testkit.ChildJvm;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.TestDatabase;

/** Processes that start at once on an empty database: all of them start. */
abstract class SchemaProcessesContract {
  private static final int PROCESSES = 3;

  /** An empty database that several processes reach. */
  abstract TestDatabase emptyDatabase() throws Exception;

  @Test
  void createSchema_byProcessesAtOnce_succeedsForAll() throws Exception {
    TestDatabase database = emptyDatabase();
    List<ChildJvm> nodes = new ArrayList<>();
    try {
      for (int i = 0; i < PROCESSES; i++) {
        nodes.add(
            ChildJvm.start(
                Node.class,
                database.engine().name(),
                database.jdbcUrl(),
                database.user(),
                database.password()));
      }
      for (ChildJvm node : nodes) {
        node.awaitPoint(Node.READY);
      }
      nodes.forEach(ChildJvm::proceed);
      for (ChildJvm node : nodes) {
        assertThat(node.awaitExit()).as("%s", node.output()).isZero();
      }
    } finally {
      nodes.forEach(ChildJvm::close);
    }
    try (OccDatabase late = OccDatabase.open(database.dataSource())) {
      List<String> pids = nodes.stream().map(node -> Long.toString(node.pid())).toList();
      assertThat(Node.store(late).getAll(pids)).hasSize(PROCESSES);
    }
  }

  /** A node that makes the schema if there is none, and writes to it. */
  static final class Node {
    static final String READY = "ready";

    private Node() {}

    static JdbcVersionedStore<String, String> store(OccDatabase node) {
      return node.store("task", KeyCodec.strings(), Codec.strings());
    }

    public static void main(String[] arguments) throws Exception {
      Engine engine = Engine.valueOf(arguments[0]);
      TestDatabase database = new TestDatabase(engine, arguments[1], arguments[2], arguments[3]);
      try (Connection open = database.connect()) { // It keeps a database in memory, too.
        ChildJvm.reached(READY);
        try (OccDatabase node = OccDatabase.builder(database.dataSource()).createSchema().open()) {
          store(node).put(Long.toString(ProcessHandle.current().pid()), "x", Expected.absent());
        }
      }
    }
  }
}
