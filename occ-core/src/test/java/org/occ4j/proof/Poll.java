/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.proof;

/**
 * A poll of the change feed that succeeded, or the beginning of an empty cache.
 *
 * @param node whose feed it was
 * @param asOf what was committed before has been told to the caches of that node
 * @param told when the node knew that, by the clock of {@code asOf}
 */
record Poll(String node, long asOf, long told) {}
