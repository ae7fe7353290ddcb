/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j;

import org.jspecify.annotations.Nullable;

/**
 * The root of what this library throws when something is broken, as opposed to what is merely
 * expected, which it returns.
 *
 * <p>Each subclass is one decision that a caller can take:
 *
 * <ul>
 *   <li>{@link StoreUnavailableException} — surely nothing was applied: try again, or give up;
 *   <li>{@link DataRejectedException} — surely nothing was applied, and never will be: the data
 *       breaks a rule of the database;
 *   <li>{@link OutcomeUnknownException} — it may have been applied: send the same mutation id
 *       again;
 *   <li>{@link TransactionConflictException} — the caller's own transaction is dead: roll it back
 *       and run it again from its start;
 *   <li>{@link LeaseLostException} — a hold or claim is no longer ours: stop;
 *   <li>{@link ConflictException} — a conflict that the caller asked to have thrown;
 *   <li>{@link NotAppliedException} — a refusal that the caller asked to have thrown;
 *   <li>{@link CodecException} — the application's codec failed: mend it;
 *   <li>{@link SchemaException} — surely nothing was applied: tables are missing or wrong, or a
 *       statement does not fit them: mend the schema or the program.
 * </ul>
 */
public class OccException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** An exception with a message and, if there is one, a cause. */
  public OccException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
