/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * What was committed, told to whoever follows: watchers of a store, tagged caches, the application.
 *
 * <p>There is one feed per node and database. Writers append to it in their own transaction, so a
 * change is in the feed exactly when it is committed; followers read it and need nothing of the
 * writer.
 */
@NullMarked
package org.occ4j.change;

import org.jspecify.annotations.NullMarked;
