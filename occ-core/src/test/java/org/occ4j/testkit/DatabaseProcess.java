/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import org.jspecify.annotations.Nullable;

/**
 * A database server in a process of its own, which can be killed and paused. What was committed
 * survives {@link #kill()} and {@link #restart()}. Thread-safe, though two threads that kill and
 * restart at once get what they ask for.
 */
public interface DatabaseProcess extends DatabaseServer {

  /** The loopback address at which the server listens. */
  String host();

  /** The port at which the server listens; a restart keeps it. */
  int port();

  /** Kills the server and all its processes by SIGKILL and waits until they are gone. */
  void kill();

  /** Starts the server again on the same data and port, killing it first if it runs. */
  void restart();

  /** Kills the server, copies its data beside it, and starts it again. */
  void copyData();

  /**
   * Kills the server, puts the copy in the place of its data, and starts it again: what was
   * committed since the copy is forgotten, as when a backup is restored.
   *
   * @throws IllegalStateException if there is no copy
   */
  void bringBackCopy();

  /** Stops all processes of the server where they are (SIGSTOP); connections stay open. */
  void pause();

  /** Lets a paused server go on (SIGCONT). */
  void resume();

  /** The small disk that the data is on; null if it is on the disk of this machine. */
  @Nullable SmallDisk disk();

  /** The clock that the server was given; null if it has that of this machine. */
  @Nullable WrongClock clock();
}
