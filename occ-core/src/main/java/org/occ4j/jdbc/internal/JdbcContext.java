/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal;

import java.util.UUID;
import org.occ4j.Ticker;

/**
 * What every JDBC room of one {@code OccDatabase} shares.
 *
 * @param engine the engine
 * @param schema names of the library's own tables
 * @param transactions the way to the database
 * @param mutexTransactions the way to it for mutexes; the same unless they have a pool of their own
 * @param payloads how much the server takes at once
 * @param ticker monotonic time
 * @param node the name of this instance among all that share the database; drawn at random
 */
public record JdbcContext(
    Engine engine,
    Schema schema,
    Transactions transactions,
    Transactions mutexTransactions,
    PayloadLimit payloads,
    Ticker ticker,
    UUID node) {}
