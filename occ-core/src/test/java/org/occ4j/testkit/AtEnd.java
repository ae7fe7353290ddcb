/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What the test kit does when this JVM ends: first it ends processes, then it deletes their data.
 */
final class AtEnd {
  private static final Set<Runnable> first = ConcurrentHashMap.newKeySet();
  private static final Set<Runnable> last = ConcurrentHashMap.newKeySet();

  static {
    Runtime.getRuntime().addShutdownHook(new Thread(AtEnd::run, "testkit-at-end"));
  }

  private AtEnd() {}

  /** Ends a process; give the same object to {@link #forget} once that is done. */
  static void first(Runnable action) {
    first.add(action);
  }

  /** Deletes data. */
  static void last(Runnable action) {
    last.add(action);
  }

  static void forget(Runnable action) {
    first.remove(action);
  }

  private static void run() {
    first.forEach(Runnable::run);
    last.forEach(Runnable::run);
  }
}
