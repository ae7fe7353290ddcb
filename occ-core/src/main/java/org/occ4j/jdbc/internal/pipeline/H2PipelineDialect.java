/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.pipeline;

import java.util.function.LongSupplier;
import org.occ4j.jdbc.internal.JdbcContext;
import org.occ4j.jdbc.internal.registry.MutationRows;
import org.occ4j.jdbc.internal.store.StoreDialect;

/** The pipeline's statements in H2, several to a transaction: a statement is a call there. */
public final class H2PipelineDialect extends PipelineDialect {

  /** The dialect of a store. */
  public H2PipelineDialect(
      JdbcContext context, StoreDialect rows, MutationRows mutations, LongSupplier floor) {
    super(context, rows, mutations, floor);
  }
}
