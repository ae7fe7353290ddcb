/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import java.lang.reflect.InvocationTargetException;
import java.util.Arrays;
import java.util.List;

/** The kinds of thread that a test can run on: both, where the JVM has both. */
public enum ThreadKind {
  /** A thread of the operating system, as a daemon. */
  PLATFORM {
    @Override
    public boolean isAvailable() {
      return true;
    }

    @Override
    public Thread start(Runnable body) {
      Thread thread = new Thread(body);
      thread.setDaemon(true);
      thread.start();
      return thread;
    }
  },

  /** A virtual thread: from Java 21 on. */
  VIRTUAL {
    @Override
    public boolean isAvailable() {
      return Runtime.version().feature() >= 21;
    }

    @Override
    public Thread start(Runnable body) {
      try {
        // By reflection, for the test kit is compiled for Java 17.
        return (Thread)
            Thread.class.getMethod("startVirtualThread", Runnable.class).invoke(null, body);
      } catch (NoSuchMethodException | IllegalAccessException | InvocationTargetException e) {
        throw new IllegalStateException("No virtual threads in Java " + Runtime.version(), e);
      }
    }
  };

  /** Whether this JVM has threads of this kind. */
  public abstract boolean isAvailable();

  /**
   * Starts a thread.
   *
   * @throws IllegalStateException if this JVM has no threads of this kind
   */
  public abstract Thread start(Runnable body);

  /** The kinds that this JVM has, for parameterized tests. */
  public static List<ThreadKind> available() {
    return Arrays.stream(values()).filter(ThreadKind::isAvailable).toList();
  }
}
