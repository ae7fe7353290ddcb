/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.time.Duration;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * How the registry of a database works.
 *
 * @param executor where asynchronous executions use the database, or null for threads of our own
 * @param cachedAnswers how many answers a node remembers in front of the table
 * @param cachedFor and for how long each, at most
 */
record RegistrySettings(@Nullable Executor executor, int cachedAnswers, Duration cachedFor) {}
