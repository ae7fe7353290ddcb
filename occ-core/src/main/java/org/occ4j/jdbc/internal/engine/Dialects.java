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
import org.occ4j.jdbc.internal.change.GapCursor;
import org.occ4j.jdbc.internal.lease.LeaseDialect;
import org.occ4j.jdbc.internal.pipeline.PipelineDialect;
import org.occ4j.jdbc.internal.registry.MutationDialect;
import org.occ4j.jdbc.internal.registry.MutationRows;
import org.occ4j.jdbc.internal.store.ForeignChange;
import org.occ4j.jdbc.internal.store.StoreDialect;
import org.occ4j.jdbc.internal.store.TableLayout;

/**
 * What an engine brings, one class for each: the engine itself and the statements of every room.
 * docs/adding-an-engine.md goes through it.
 *
 * <p>Immutable; what it hands out is thread-safe unless it says otherwise.
 */
public interface Dialects {

  /** The engine. */
  Engine engine();

  /** The statements of a store in this table. */
  StoreDialect store(JdbcContext context, TableLayout layout);

  /** The statements of the registry. */
  MutationDialect mutations(JdbcContext context);

  /** The statements of mutexes. */
  LeaseDialect leases(JdbcContext context);

  /**
   * The statements of a pipeline over a store.
   *
   * @param store made by {@link #store}
   * @param mutations made over {@link #mutations}
   * @param floor the greatest version that this node has deleted
   */
  PipelineDialect pipeline(
      JdbcContext context, StoreDialect store, MutationRows mutations, LongSupplier floor);

  /**
   * A cursor behind every change that is visible now. What is open now is read when it commits.
   * Unless an engine says otherwise it keeps a list of the numbers that were passed over.
   *
   * @param nowNanos a moment before the call, by the ticker
   * @throws SQLException if the database does not answer
   */
  default ChangeCursor cursorAtEnd(ChangeRows rows, Connection connection, long nowNanos)
      throws SQLException {
    return GapCursor.atEnd(rows, connection, nowNanos);
  }

  /**
   * The DDL of triggers that raise versions, and append changes, where writers past the library do
   * not; empty where triggers need more than SQL.
   *
   * @param change what is appended, or null for nothing
   */
  List<String> foreignWriteTriggers(TableLayout layout, @Nullable ForeignChange change);
}
