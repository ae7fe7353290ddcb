/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.registry;

import java.sql.Connection;
import org.jspecify.annotations.Nullable;
import org.occ4j.idempotency.EffectContext;

/** An effect inside a database transaction, ours or the caller's; the application's code. */
public interface TransactionalEffect<T> {

  /** Runs it, in a transaction that it does not end. */
  @Nullable T run(Connection transaction, EffectContext context) throws Exception;
}
