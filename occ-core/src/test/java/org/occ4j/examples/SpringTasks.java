/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.examples;

import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.jdbc.JdbcVersionedStore;
import org.occ4j.jdbc.JoinedStore;
import org.occ4j.jdbc.OccDatabase;
import org.occ4j.store.WriteResult;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

// <docs>
/** Tasks of an application whose transactions are Spring's. */
final class SpringTasks {
  private final JdbcVersionedStore<String, String> titles;
  private final DataSource joinable;
  private final JdbcTemplate jdbc;

  /** Both over the plain data source: see below. */
  SpringTasks(OccDatabase db, DataSource dataSource) {
    this.titles = db.store("task", KeyCodec.strings(), Codec.strings()).recordChanges(true);
    this.joinable = new TransactionAwareDataSourceProxy(dataSource);
    this.jdbc = new JdbcTemplate(dataSource);
  }

  /** To be called in a transaction: of {@code @Transactional}, or of a TransactionTemplate. */
  WriteResult<String> rename(String id, String title, Expected expected) throws SQLException {
    // The connection of the running transaction; closing it gives it back and ends nothing.
    try (Connection connection = joinable.getConnection()) {
      JoinedStore<String, String> joined = titles.joining(connection);
      WriteResult<String> result = joined.put(id, title, expected);
      String outcome = result.isApplied() ? "renamed" : "refused";
      jdbc.update("INSERT INTO audit (text) VALUES (?)", outcome); // after a conflict too
      afterCommit(joined::committed);
      return result;
    }
  }

  private static void afterCommit(Runnable hook) {
    TransactionSynchronizationManager.registerSynchronization(
        new TransactionSynchronization() {
          @Override
          public void afterCommit() {
            hook.run();
          }
        });
  }
}
// </docs>
