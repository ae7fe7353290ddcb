/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.client;

import org.jspecify.annotations.Nullable;
import org.occ4j.Expected;
import org.occ4j.Versioned;

/**
 * What the server is known to hold under one key. Guarded by the lock of its {@link EditQueue}.
 *
 * <p>S1: {@code newest} never decreases; a state is taken only if its version is greater. After a
 * deletion it stays, so that a late answer cannot bring back the state that was deleted.
 */
final class ConfirmedState<V> {
  private static final long NONE = -1;

  private @Nullable Versioned<V> state;
  private long newest = NONE;
  private long revision;

  @Nullable Versioned<V> state() {
    return state;
  }

  /** Grows with every change, so that a computation done meanwhile can be checked. */
  long revision() {
    return revision;
  }

  boolean take(Versioned<V> candidate) {
    if (candidate.version() <= newest) {
      return false; // S1
    }
    newest = candidate.version();
    state = candidate;
    revision++;
    return true;
  }

  /** Takes an absence that was seen by somebody who knew of no version after {@code known}. */
  boolean takeAbsence(long known) {
    if (known < newest) {
      return false; // what is known here may be from after the deletion
    }
    newest = known;
    if (state == null) {
      return false;
    }
    state = null;
    revision++;
    return true;
  }

  /** Takes what an answer to a request with this expectation says is there. */
  boolean take(@Nullable Versioned<V> candidate, Expected expected) {
    if (candidate != null) {
      return take(candidate);
    }
    return takeAbsence(expected instanceof Expected.Version version ? version.version() : NONE);
  }

  /** What the next request has to expect. */
  static Expected expectedOf(@Nullable Versioned<?> state) {
    return state == null ? Expected.absent() : Expected.version(state.version());
  }
}
