/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.client;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.occ4j.Versioned;
import org.occ4j.merge.FieldChange;
import org.occ4j.merge.MergeResult;
import org.occ4j.merge.Merger;
import org.occ4j.mutation.Edit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a merger makes of a conflict. Calls user code: never under a lock. */
final class Conflicts {
  private static final Logger log = LoggerFactory.getLogger(OptimisticClient.class);

  private Conflicts() {}

  /** The conflict of this request with what is there instead. */
  static <V> EditConflict<V> describe(
      Merger<V> merger, MutationRequest<?, V> request, @Nullable Versioned<V> current) {
    V base = request.base();
    V mine = request.value();
    if (current == null || mine == null) {
      return new EditConflict<>(base, mine, current, mine, List.of(), List.of(), false);
    }
    V theirs = current.value();
    try {
      List<FieldChange> changes = merger.changes(base, theirs, mine);
      if (base == null) { // both created it, so both wrote every field
        return new EditConflict<>(null, mine, current, mine, changes, changes, false);
      }
      MergeResult<V> merged = merger.merge(base, mine, theirs);
      return new EditConflict<>(
          base, mine, current, merged.value(), changes, overlaps(merged), false);
    } catch (RuntimeException | Error failed) { // the edit has to reach a person all the same
      log.warn("the merger failed on a conflict over {}", request.key(), failed);
      return new EditConflict<>(base, mine, current, mine, List.of(), List.of(), true);
    }
  }

  private static List<FieldChange> overlaps(MergeResult<?> result) {
    return result instanceof MergeResult.Overlapping<?> overlapping
        ? overlapping.overlaps()
        : List.of();
  }

  /**
   * The intent of an edit that was resolved: what turned {@code base} into {@code value}, onto
   * whatever is there.
   */
  static <V> Edit<V> patch(Merger<V> merger, @Nullable V base, @Nullable V value) {
    return current ->
        value == null || current == null || base == null
            ? value
            : merger.merge(base, value, current).value();
  }
}
