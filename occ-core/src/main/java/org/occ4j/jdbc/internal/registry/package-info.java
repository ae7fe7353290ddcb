/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * Mutations and their answers: the row of a mutation, attempts under a lease and in a transaction,
 * and what a node knows of mutations without asking.
 *
 * <p>Not exported: nothing here is part of the library's interface.
 */
@NullMarked
package org.occ4j.jdbc.internal.registry;

import org.jspecify.annotations.NullMarked;
