/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * The change log: its rows, the cursors that read them and lose no late commit, the poller, and the
 * wake-ups between nodes.
 *
 * <p>Not exported: nothing here is part of the library's interface.
 */
@NullMarked
package org.occ4j.jdbc.internal.change;

import org.jspecify.annotations.NullMarked;
