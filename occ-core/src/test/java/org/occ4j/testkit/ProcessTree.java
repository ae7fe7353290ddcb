/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A child process and all processes that descend from it, signalled together. Needs {@code sh}, for
 * signals that Java does not send.
 *
 * <p>A guard process watches this JVM: if the JVM dies without a chance to clean up, the end of the
 * guard's input tells it to kill the child.
 */
final class ProcessTree {
  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  private final Process root;
  private final Process guard;

  private ProcessTree(Process root) {
    this.root = root;
    this.guard = guard(root.pid());
  }

  /** Starts {@code command}, output appended to {@code log}. */
  static ProcessTree start(List<String> command, Map<String, String> environment, Path log) {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putAll(environment);
    builder.redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
    return of(start(builder));
  }

  /** Takes over a process that was started otherwise. */
  static ProcessTree of(Process root) {
    return new ProcessTree(root);
  }

  private static Process guard(long pid) {
    return start(
        new ProcessBuilder("sh", "-c", "read -r ended || kill -KILL " + pid)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD));
  }

  private static Process start(ProcessBuilder builder) {
    try {
      return builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException("Not started: " + builder.command(), e);
    }
  }

  boolean isAlive() {
    return root.isAlive();
  }

  /** Stops every process of the tree: the root first, which can then not start another one. */
  void pause() {
    signal("STOP", List.of(root.toHandle()));
    signal("STOP", root.descendants().toList());
  }

  /** Lets every process of the tree go on. */
  void resume() {
    signal("CONT", root.descendants().toList());
    signal("CONT", List.of(root.toHandle()));
  }

  /** Kills every process of the tree and returns when all are gone. */
  void kill() {
    List<ProcessHandle> all = new ArrayList<>();
    if (root.isAlive()) {
      signal("STOP", List.of(root.toHandle()));
      awaitStopped(); // A process that it was about to start would be missed.
      all.addAll(root.descendants().toList());
    }
    all.forEach(ProcessHandle::destroyForcibly);
    // By its handle: the process's own method closes its output, of which some may be unread.
    root.toHandle().destroyForcibly();
    root.onExit().join();
    while (!all.stream().allMatch(ProcessTree::isGone)) {
      LockSupport.parkNanos(POLL_NANOS);
    }
    guard.destroyForcibly();
  }

  private void awaitStopped() {
    while (root.isAlive() && "TtZX".indexOf(stateOf(root.toHandle())) < 0) {
      LockSupport.parkNanos(POLL_NANOS);
    }
  }

  /**
   * Orphans are reaped by process 1, if that cares. Only a zombie has given all of its memory back:
   * before that a server that is started again may find its shared memory in use.
   */
  private static boolean isGone(ProcessHandle process) {
    return !process.isAlive() || "ZX".indexOf(stateOf(process)) >= 0;
  }

  /** The letter that Linux has for it; X if there is no such process. */
  private static char stateOf(ProcessHandle process) {
    try {
      Path stat = Path.of("/proc", Long.toString(process.pid()), "stat");
      String line = Files.readString(stat, StandardCharsets.ISO_8859_1);
      return line.charAt(line.lastIndexOf(')') + 2);
    } catch (IOException gone) {
      return 'X';
    }
  }

  private static void signal(String name, List<ProcessHandle> processes) {
    if (processes.isEmpty()) {
      return;
    }
    List<String> command =
        new ArrayList<>(List.of("sh", "-c", "kill -" + name + " \"$@\"", "kill"));
    processes.forEach(process -> command.add(Long.toString(process.pid())));
    Process kill =
        start(
            new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD));
    // A failure means that one of them has ended by itself, which nobody needs to be told.
    kill.onExit().join();
  }
}
