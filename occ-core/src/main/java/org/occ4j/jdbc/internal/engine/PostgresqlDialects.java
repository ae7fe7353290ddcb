/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.engine;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.occ4j.jdbc.internal.Engine;
import org.occ4j.jdbc.internal.JdbcContext;
import org.occ4j.jdbc.internal.change.ChangeCursor;
import org.occ4j.jdbc.internal.change.ChangeRows;
import org.occ4j.jdbc.internal.change.SnapshotCursor;
import org.occ4j.jdbc.internal.lease.LeaseDialect;
import org.occ4j.jdbc.internal.lease.PostgresqlLeaseDialect;
import org.occ4j.jdbc.internal.pipeline.PipelineDialect;
import org.occ4j.jdbc.internal.pipeline.PostgresqlPipelineDialect;
import org.occ4j.jdbc.internal.registry.MutationDialect;
import org.occ4j.jdbc.internal.registry.MutationRows;
import org.occ4j.jdbc.internal.registry.PostgresqlMutationDialect;
import org.occ4j.jdbc.internal.store.ForeignChange;
import org.occ4j.jdbc.internal.store.ForeignWriteTrigger;
import org.occ4j.jdbc.internal.store.PostgresqlStoreDialect;
import org.occ4j.jdbc.internal.store.StoreDialect;
import org.occ4j.jdbc.internal.store.TableLayout;

/** What PostgreSQL brings. */
public record PostgresqlDialects(Engine engine) implements Dialects {

  @Override
  public StoreDialect store(JdbcContext context, TableLayout layout) {
    return new PostgresqlStoreDialect(context, layout);
  }

  @Override
  public MutationDialect mutations(JdbcContext context) {
    return new PostgresqlMutationDialect(
        context.schema().table("mutation"), context.engine().nowMicros());
  }

  @Override
  public LeaseDialect leases(JdbcContext context) {
    return new PostgresqlLeaseDialect(
        context.schema().table("mutex"), context.engine().nowMicros());
  }

  @Override
  public PipelineDialect pipeline(
      JdbcContext context, StoreDialect store, MutationRows mutations, LongSupplier floor) {
    return new PostgresqlPipelineDialect(context, (PostgresqlStoreDialect) store, mutations, floor);
  }

  @Override
  public ChangeCursor cursorAtEnd(ChangeRows rows, Connection connection, long nowNanos)
      throws SQLException {
    return SnapshotCursor.atEnd(rows, connection);
  }

  @Override
  public List<String> foreignWriteTriggers(TableLayout layout, @Nullable ForeignChange change) {
    return ForeignWriteTrigger.postgresql(layout, change);
  }
}
