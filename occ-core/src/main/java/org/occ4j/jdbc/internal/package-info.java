/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * The ground of the JDBC rooms: the engine, its catalog and driver, the library's own schema,
 * transactions, and what an SQL error means. It uses no other room.
 *
 * <p>Not exported: nothing here is part of the library's interface.
 */
@NullMarked
package org.occ4j.jdbc.internal;

import org.jspecify.annotations.NullMarked;
