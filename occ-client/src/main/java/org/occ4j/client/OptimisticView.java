/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.client;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.occ4j.Versioned;

/**
 * What to show for one key: confirmed state with the pending edits over it.
 *
 * @param value the confirmed value after all pending edits, or null if there is nothing
 * @param confirmed what the server is known to hold, or null if nothing, or not known
 * @param pending the edits that are not settled, oldest first
 * @param <V> the values
 */
public record OptimisticView<V>(
    @Nullable V value, @Nullable Versioned<V> confirmed, List<PendingEdit<V>> pending) {

  /** Copies the list. */
  public OptimisticView {
    pending = List.copyOf(pending);
  }
}
