/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.change;

import org.occ4j.change.ChangeDraft;

/**
 * A row that a writer of this node has appended to the change log, in a transaction that may still
 * be open.
 *
 * @param number the row's number
 * @param draft what it says
 */
public record AppendedChange(long number, ChangeDraft draft) {}
