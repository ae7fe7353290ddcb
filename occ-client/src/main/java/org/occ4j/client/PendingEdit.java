/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.client;

import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * One edit that a person made, from the moment it shows until it is settled.
 *
 * <p>It is never given up without a call of {@link #discard}. All methods may be called by any
 * thread and do not block; those that act answer false, and do nothing, where the edit is not in a
 * state for it.
 *
 * @param <V> the values
 */
public interface PendingEdit<V> {

  /** The id under which it is sent, or will be; a new one after each {@code refreshAndApply}. */
  UUID clientMutationId();

  /** Where it is on its way. */
  EditState state();

  /** What stands against it, while it is {@link EditState#CONFLICTED}. */
  Optional<EditConflict<V>> conflict();

  /** Why it was refused, once it is {@link EditState#REJECTED}. */
  Optional<Reply.Rejected<V>> rejection();

  /**
   * For people: the last answer, while it leaves the edit {@link EditState#UNKNOWN} and is the
   * reason why it is not sent again by itself.
   */
  Optional<String> doubt();

  /**
   * Sends the {@linkplain EditConflict#proposal proposal} of the conflict, with a new id and
   * expecting the state on which it was merged. In overlapping fields that is mine: call it for a
   * person who has seen them. Another conflict brings the edit back here, with the newer state.
   *
   * @return false if it is not conflicted
   * @throws IllegalStateException if the merger failed on this conflict; nothing is sent
   */
  boolean refreshAndApply();

  /**
   * The same with a value that a person has put together.
   *
   * @param seen the conflict that the person saw: the very object from {@link #conflict}
   * @param resolved what to store, or null to delete
   * @return false if it is not conflicted, or the conflict is another by now: show it, ask again
   */
  boolean refreshAndApply(EditConflict<V> seen, @Nullable V resolved);

  /**
   * Gives the edit up; the view goes back to what the others make of the confirmed state.
   *
   * @return false if it is being sent, or is settled. One whose answer was lost can be given up,
   *     but may have been stored all the same.
   */
  boolean discard();

  /**
   * Sends an edit whose answer was lost again, under the same id, with the full number of attempts.
   *
   * @return false if it is not {@link EditState#UNKNOWN}
   */
  boolean resend();

  /** Completes with the final state. Callbacks run under no lock. */
  CompletionStage<EditState> settled();
}
