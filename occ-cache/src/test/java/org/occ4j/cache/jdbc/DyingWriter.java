/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache.jdbc;

import java.sql.Connection;
import org.occ4j.jdbc.OccDatabase;
import org.occ4j.testkit.ChildJvm;
import org.occ4j.testkit.Engine;
import org.occ4j.testkit.TestDatabase;

/** A writer in a JVM of its own, to be killed before or after its commit. */
final class DyingWriter {
  static final String WRITTEN = "written";
  static final String COMMITTED = "committed";

  private DyingWriter() {}

  public static void main(String[] arguments) throws Exception {
    TestDatabase where =
        new TestDatabase(Engine.valueOf(arguments[0]), arguments[1], arguments[2], arguments[3]);
    try (OccDatabase database = OccDatabase.open(where.dataSource());
        JdbcTaggedCache<Integer, String> cache =
            JdbcTaggedCache.<Integer, String>builder("orders", database).build();
        Connection transaction = where.connect()) {
      transaction.setAutoCommit(false);
      PendingInvalidation pending =
          cache.invalidateTags(transaction, CacheNode.tag(Integer.parseInt(arguments[4])));
      ChildJvm.reached(WRITTEN);
      transaction.commit();
      ChildJvm.reached(COMMITTED);
      pending.committed();
    }
  }
}
