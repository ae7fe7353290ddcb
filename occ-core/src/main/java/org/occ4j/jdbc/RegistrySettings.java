/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * How the registry of a database works.
 *
 * @param executor where asynchronous executions use the database, or null for threads of our own
 */
record RegistrySettings(@Nullable Executor executor) {}
