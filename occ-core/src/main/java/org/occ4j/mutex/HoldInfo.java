/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutex;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Who holds a key, for people who look.
 *
 * @param key the key's text
 * @param owner the holding thread's name, or the node's name and thread over JDBC
 * @param heldFor since when, or null where the mutex does not record it
 * @param remaining how long the hold is still valid without renewal, or null if it has no lease
 */
public record HoldInfo(
    String key, String owner, @Nullable Duration heldFor, @Nullable Duration remaining) {}
