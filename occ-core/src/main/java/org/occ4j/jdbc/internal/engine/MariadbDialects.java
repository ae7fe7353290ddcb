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
import org.occ4j.jdbc.internal.change.CountCursor;
import org.occ4j.jdbc.internal.lease.LeaseDialect;
import org.occ4j.jdbc.internal.lease.MariadbLeaseDialect;
import org.occ4j.jdbc.internal.pipeline.MariadbPipelineDialect;
import org.occ4j.jdbc.internal.pipeline.PipelineDialect;
import org.occ4j.jdbc.internal.registry.MariadbMutationDialect;
import org.occ4j.jdbc.internal.registry.MutationDialect;
import org.occ4j.jdbc.internal.registry.MutationRows;
import org.occ4j.jdbc.internal.store.ForeignChange;
import org.occ4j.jdbc.internal.store.ForeignWriteTrigger;
import org.occ4j.jdbc.internal.store.MariadbStoreDialect;
import org.occ4j.jdbc.internal.store.StoreDialect;
import org.occ4j.jdbc.internal.store.TableLayout;

/**
 * What MariaDB brings.
 *
 * @param engine the engine
 * @param galera whether it is a node of a Galera cluster, which compares what transactions have
 *     written when they commit, and not what they have read or locked
 */
public record MariadbDialects(Engine engine, boolean galera) implements Dialects {

  @Override
  public StoreDialect store(JdbcContext context, TableLayout layout) {
    return new MariadbStoreDialect(context, layout, galera);
  }

  @Override
  public MutationDialect mutations(JdbcContext context) {
    return new MariadbMutationDialect(
        context.schema().table("mutation"), context.engine().nowMicros());
  }

  @Override
  public LeaseDialect leases(JdbcContext context) {
    return new MariadbLeaseDialect(
        context.schema().table("mutex"), context.engine().nowMicros(), galera);
  }

  @Override
  public PipelineDialect pipeline(
      JdbcContext context, StoreDialect store, MutationRows mutations, LongSupplier floor) {
    return new MariadbPipelineDialect(context, (MariadbStoreDialect) store, mutations, floor);
  }

  @Override
  public ChangeCursor cursorAtEnd(ChangeRows rows, Connection connection, long nowNanos)
      throws SQLException {
    return galera
        ? CountCursor.atEnd(rows, connection, nowNanos)
        : Dialects.super.cursorAtEnd(rows, connection, nowNanos);
  }

  @Override
  public List<String> foreignWriteTriggers(TableLayout layout, @Nullable ForeignChange change) {
    return ForeignWriteTrigger.mariadb(layout, change);
  }
}
