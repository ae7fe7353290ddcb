/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.occ4j.change.Change;
import org.occ4j.change.ChangeFollower;

/** A follower that keeps everything it is told. */
public class RecordingFollower implements ChangeFollower {
  private final List<Change> changes = new CopyOnWriteArrayList<>();
  private final List<String> missed = new CopyOnWriteArrayList<>();
  private final List<Long> caughtUp = new CopyOnWriteArrayList<>();
  private final List<Object> calls = new CopyOnWriteArrayList<>();

  @Override
  public void changed(Change change) {
    calls.add(change);
    changes.add(change);
  }

  @Override
  public void missed(String reason) {
    calls.add(reason);
    missed.add(reason);
  }

  @Override
  public void caughtUp(long asOfNanos) {
    caughtUp.add(asOfNanos);
  }

  /** The changes told so far. */
  public List<Change> changes() {
    return changes;
  }

  /** The keys of the changes told so far. */
  public List<String> keys() {
    return changes.stream().map(change -> String.valueOf(change.key())).toList();
  }

  /** The reasons of what was missed so far. */
  public List<String> missed() {
    return missed;
  }

  /** The moments of having caught up so far. */
  public List<Long> caughtUp() {
    return caughtUp;
  }

  /** Changes and reasons of what was missed, in the order of the calls. */
  public List<Object> calls() {
    return calls;
  }
}
