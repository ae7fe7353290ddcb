/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.change.internal;

import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.occ4j.change.ChangeDraft;
import org.occ4j.change.ChangeLog;
import org.occ4j.change.ChangeToken;

/** A log whose order can be made that of the commits which it records. */
public interface SequencedLog extends ChangeLog {

  /**
   * Runs {@code commit} and, if it says that it committed, appends {@code drafts}, as one step that
   * no other append comes between; then tells followers, after the step.
   *
   * @param commit runs under the log's lock, so it must be code of this library that does not wait
   * @param drafts in the order in which they are told
   * @return the place of the last draft, or null if {@code commit} said no
   */
  @Nullable ChangeToken appendIf(BooleanSupplier commit, List<ChangeDraft> drafts);
}
