/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.occ4j.testkit.Patience.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
class ChildJvmTest {

  /** Writes a line to a file before and after a point, and comes to the point twice. */
  static final class TwoSteps {
    public static void main(String[] arguments) throws Exception {
      System.out.println("hello " + System.getProperty("greeted"));
      System.err.println("complaint");
      ChildJvm.reached("step");
      Files.writeString(Path.of(arguments[0]), "one");
      System.out.print("half a line");
      ChildJvm.reached("step");
      Files.writeString(Path.of(arguments[0]), "two");
    }
  }

  /** Two threads at two points. */
  static final class TwoThreads {
    public static void main(String[] arguments) throws Exception {
      Thread left = new Thread(() -> stop("left"));
      left.start();
      stop("right");
      left.join();
      System.out.println("both went on");
    }

    private static void stop(String point) {
      try {
        ChildJvm.reached(point);
        System.out.println("passed " + point);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** Counts for ever. */
  static final class Counter {
    public static void main(String[] arguments) {
      for (int i = 0; i < Integer.MAX_VALUE; i++) {
        System.out.println(i);
        LockSupport.parkNanos(1_000_000);
      }
    }
  }

  /** Starts a counter and says its process id. */
  static final class Parent {
    public static void main(String[] arguments) throws Exception {
      ChildJvm child = ChildJvm.start(Counter.class);
      System.out.println("child " + child.pid());
      ChildJvm.reached("child-runs");
    }
  }

  /** Fails. */
  static final class Failing {
    @SuppressWarnings("DoNotCallSuggester") // Called as the main method of a JVM.
    public static void main(String[] arguments) {
      throw new IllegalStateException("broken child");
    }
  }

  @TempDir Path directory;

  private Path file() {
    return directory.resolve("file");
  }

  @Test
  void proceed_atEachPoint_letsTheChildGoOnToItsEnd() throws Exception {
    try (ChildJvm child =
        ChildJvm.start(List.of("-Dgreeted=world"), TwoSteps.class, file().toString())) {
      child.awaitPoint("step");
      assertThat(file()).doesNotExist();
      child.proceed();
      child.awaitPoint("step");
      assertThat(file()).hasContent("one");
      child.proceed("another step");
      child.proceed("step");
      assertThat(child.awaitExit()).isZero();
      assertThat(file()).hasContent("two");
      assertThat(child.output()).containsExactly("hello world", "complaint", "half a line");
    }
  }

  @Test
  void kill_atAPoint_endsTheChildThere() throws Exception {
    try (ChildJvm child = ChildJvm.start(TwoSteps.class, file().toString())) {
      child.awaitPoint("step");
      child.proceed();
      child.awaitPoint("step");
      child.kill();
      assertThat(child.isAlive()).isFalse();
      assertThat(child.awaitExit()).isEqualTo(137);
      assertThat(file()).hasContent("one");
    }
  }

  /** {@link Process#destroyForcibly} would close it. */
  @Test
  void kill_ofATree_leavesWhatWasPrintedToBeRead() throws Exception {
    Process process =
        new ProcessBuilder("sh", "-c", "echo said; touch '" + file() + "'; sleep 600").start();
    await().until(() -> Files.exists(file()));
    ProcessTree.of(process).kill();
    assertThat(process.getInputStream()).hasContent("said");
  }

  @Test
  void proceed_byName_letsOnlyThatThreadGoOn() throws Exception {
    try (ChildJvm child = ChildJvm.start(TwoThreads.class)) {
      child.awaitPoint("left");
      child.awaitPoint("right");
      child.proceed("right");
      child.awaitOutput("passed right");
      assertThat(child.output()).doesNotContain("passed left");
      child.proceed("left");
      child.awaitOutput("both went on");
      assertThat(child.awaitExit()).isZero();
    }
  }

  @Test
  void pause_runningChild_standsStillUntilResumed() throws Exception {
    try (ChildJvm child = ChildJvm.start(Counter.class)) {
      child.awaitOutput("1");
      child.pause();
      eventually(() -> state(child).equals("T"));
      int paused = child.output().size();
      assertThat(child.isAlive()).isTrue();
      child.resume();
      // More than a pipe can hold of what was printed before the pause.
      eventually(() -> child.output().size() > paused + 1000);
      child.pause();
      child.kill();
      assertThat(child.awaitExit()).isEqualTo(137);
    }
  }

  private static void eventually(Callable<Boolean> condition) {
    await().atMost(Duration.ofMinutes(2)).until(condition);
  }

  /** The state of the child's process: T is stopped. */
  private static String state(ChildJvm child) throws IOException {
    String stat = Files.readString(Path.of("/proc/" + child.pid() + "/stat"));
    return stat.substring(stat.lastIndexOf(')') + 2).substring(0, 1);
  }

  @Test
  void awaitPoint_childThatEndsBefore_failsWithItsOutput() throws Exception {
    try (ChildJvm child = ChildJvm.start(Failing.class)) {
      assertThatThrownBy(() -> child.awaitPoint("never"))
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining("never")
          .hasMessageContaining("broken child");
      assertThat(child.awaitExit()).isEqualTo(1);
    }
  }

  @Test
  void kill_ofTheParent_endsTheGrandchild() throws Exception {
    try (ChildJvm parent = ChildJvm.start(Parent.class)) {
      parent.awaitPoint("child-runs");
      long pid =
          parent.output().stream()
              .filter(line -> line.startsWith("child "))
              .mapToLong(line -> Long.parseLong(line.substring("child ".length())))
              .findFirst()
              .orElseThrow();
      ProcessHandle grandchild = ProcessHandle.of(pid).orElseThrow();
      // Only the parent, as when the system kills it: nobody is left to clean up.
      ProcessHandle.of(parent.pid()).orElseThrow().destroyForcibly();
      eventually(() -> !grandchild.isAlive() || grandchild.info().command().isEmpty());
    }
  }

  @Test
  void reached_outsideOfAChild_isRefused() {
    assertThatThrownBy(() -> ChildJvm.reached("here"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("here");
  }
}
