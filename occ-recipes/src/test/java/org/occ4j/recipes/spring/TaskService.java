/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.recipes.spring;

import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.occ4j.http.WriteRequest;
import org.occ4j.jdbc.JdbcMutationPipeline;
import org.occ4j.jdbc.JoinedPipeline;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationResult;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/** Mutations in Spring's transactions, together with rows that the application writes itself. */
@Service
class TaskService {
  private final JdbcMutationPipeline<String, Task> pipeline;
  private final DataSource joinable;
  private final JdbcTemplate jdbc;

  TaskService(
      JdbcMutationPipeline<String, Task> pipeline, DataSource dataSource, JdbcTemplate jdbc) {
    this.pipeline = pipeline;
    // Gives the connection of the running transaction; closing that ends nothing.
    this.joinable = new TransactionAwareDataSourceProxy(dataSource);
    this.jdbc = jdbc;
  }

  /**
   * Completes a task and notes it. Without {@code rollbackFor} Spring would commit after a checked
   * exception, and keep half of what this method does.
   */
  @Transactional(rollbackFor = Exception.class)
  public MutationResult<Task> complete(String id, WriteRequest asked) throws InterruptedException {
    Edit<Task> edit = Edit.update(Task::completed);
    Mutation<String, Task> mutation = Mutation.of(asked.id(), id, asked.expected(), edit).build();
    MutationResult<Task> result = joined(mutation);
    if (result instanceof MutationResult.Applied<Task> applied && !applied.replayed()) {
      jdbc.update("INSERT INTO audit VALUES (?, ?)", id, "completed");
    }
    return result;
  }

  private MutationResult<Task> joined(Mutation<String, Task> mutation) throws InterruptedException {
    try (Connection connection = joinable.getConnection()) {
      JoinedPipeline<String, Task> joined = pipeline.joining(connection);
      MutationResult<Task> result = joined.apply(mutation);
      afterCommit(joined::committed);
      return result;
    } catch (SQLException broken) {
      throw new IllegalStateException("no connection of the transaction", broken);
    }
  }

  /** Followers of this node hear at once; without this they hear by the next poll. */
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
