/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.client;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.occ4j.Versioned;
import org.occ4j.merge.FieldChange;

/**
 * What a person needs to see to decide about a conflicted edit.
 *
 * @param base the value from which the edit started, or null if there was none
 * @param mine what the edit wanted to store, or null if it wanted to delete
 * @param current what the server holds, as far as it is known here, or null if it was deleted
 * @param proposal what {@link PendingEdit#refreshAndApply()} would send: both sides merged, with
 *     mine where they overlap; null to delete
 * @param changes the fields in which {@code current} and {@code mine} differ
 * @param overlaps those among them that both sides changed
 * @param mergeFailed whether the merger threw; then {@code proposal} is {@code mine}, which would
 *     overwrite theirs, and only a resolved value is accepted
 * @param <V> the values
 */
public record EditConflict<V>(
    @Nullable V base,
    @Nullable V mine,
    @Nullable Versioned<V> current,
    @Nullable V proposal,
    List<FieldChange> changes,
    List<FieldChange> overlaps,
    boolean mergeFailed) {

  /** Copies the lists. */
  public EditConflict {
    changes = List.copyOf(changes);
    overlaps = List.copyOf(overlaps);
  }
}
