/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutex;

import java.util.List;
import org.occ4j.OccException;

/**
 * Waiting would never end: each thread of a ring holds the key for which the one before it waits.
 *
 * <p>It is thrown in one thread of the ring, which has acquired nothing by this call and should let
 * go of what it holds; the others go on. The check looks only at thread-bound acquisitions ({@link
 * KeyedMutex#withLock} and {@link KeyedMutex#asLock}), because only they have a thread to blame.
 */
public class MutexDeadlockException extends OccException {
  private static final long serialVersionUID = 1L;

  private final transient List<?> keys;

  /** A ring through these keys, the one waited for first. */
  public MutexDeadlockException(List<?> keys) {
    super("threads wait for each other in a ring over the keys " + keys, null);
    this.keys = List.copyOf(keys);
  }

  /** The keys of the ring, the one that this thread waited for first. */
  public List<?> keys() {
    return keys;
  }
}
