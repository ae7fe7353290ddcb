/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/**
 * A JVM of its own with the class path of this one, which a test can stop at named points, kill and
 * pause.
 *
 * <p>The child's code calls {@link #reached}; that blocks until the parent has said {@link
 * #proceed()}. So the parent can do something at a moment that it knows exactly:
 *
 * <pre>{@code
 * try (ChildJvm child = ChildJvm.start(Claimer.class, database.jdbcUrl())) {
 *   child.awaitPoint("after-claim");
 *   child.kill();
 * }
 * }</pre>
 *
 * <p>A child never outlives its parent: {@link #close()} kills it, the end of the parent does, and
 * if the parent dies without a word, the end of the child's input does. Thread-safe.
 */
public final class ChildJvm implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final Process process;
  private final ProcessTree tree;
  private final Runnable killAtEnd = this::kill;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final List<String> output = new ArrayList<>();
  private final Map<String, String> waiting = new LinkedHashMap<>();
  private boolean outputEnded;

  private ChildJvm(Process process) {
    this.process = process;
    this.tree = ProcessTree.of(process);
    AtEnd.first(killAtEnd);
    Thread reader = new Thread(this::readOutput, "child-jvm-" + process.pid() + "-output");
    reader.setDaemon(true);
    reader.start();
  }

  /** Starts a JVM that runs {@code main.main(arguments)}. The caller closes it. */
  public static ChildJvm start(Class<?> main, String... arguments) {
    return start(List.of(), main, arguments);
  }

  /** Starts a JVM whose environment has these variables as well. */
  public static ChildJvm start(
      Map<String, String> environment, Class<?> main, String... arguments) {
    return start(environment, List.of(), main, arguments);
  }

  /** Starts a JVM with options of its own, such as {@code -Xmx64m} or {@code -Dname=value}. */
  public static ChildJvm start(List<String> jvmOptions, Class<?> main, String... arguments) {
    return start(Map.of(), jvmOptions, main, arguments);
  }

  private static ChildJvm start(
      Map<String, String> environment,
      List<String> jvmOptions,
      Class<?> main,
      String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-XX:TieredStopAtLevel=1"); // it is killed before optimising could pay
    command.addAll(jvmOptions);
    command.addAll(List.of("-cp", classPath(main), ChildMain.class.getName(), main.getName()));
    command.addAll(List.of(arguments));
    try {
      ProcessBuilder child = new ProcessBuilder(command).redirectErrorStream(true);
      child.environment().putAll(environment);
      return new ChildJvm(child.start());
    } catch (IOException e) {
      throw new UncheckedIOException("No child JVM: " + command, e);
    }
  }

  /**
   * What this JVM sees, also if its class path is hidden in a jar's manifest or is a module path.
   */
  private static String classPath(Class<?> main) {
    Set<String> path = new LinkedHashSet<>();
    for (String property :
        List.of("surefire.test.class.path", "java.class.path", "jdk.module.path")) {
      path.addAll(List.of(System.getProperty(property, "").split(File.pathSeparator, -1)));
    }
    for (Class<?> needed : List.of(main, ChildMain.class)) {
      path.add(
          new File(needed.getProtectionDomain().getCodeSource().getLocation().getPath()).getPath());
    }
    path.remove("");
    return String.join(File.pathSeparator, path);
  }

  /**
   * For the code in the child: announces that this thread has come to a point, and waits until the
   * parent lets it go on.
   *
   * @param point a name without line breaks
   * @throws IllegalStateException if this JVM is not the child of a test
   */
  public static void reached(String point) throws InterruptedException {
    ChildMain.reached(point);
  }

  private void readOutput() {
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        accept(line);
      }
    } catch (IOException killed) {
      accept("(output broken off: " + killed.getMessage() + ")");
    } finally {
      update(() -> outputEnded = true);
    }
  }

  private void accept(String line) {
    int announcement = line.indexOf(ChildMain.REACHED);
    String printed = announcement < 0 ? line : line.substring(0, announcement);
    update(
        () -> {
          if (announcement < 0 || !printed.isEmpty()) {
            output.add(printed);
          }
          if (announcement >= 0) {
            String[] idAndPoint =
                line.substring(announcement + ChildMain.REACHED.length()).split(" ", 2);
            waiting.put(idAndPoint[0], idAndPoint[1]);
          }
        });
  }

  private void update(Runnable change) {
    lock.lock();
    try {
      change.run();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits until a thread of the child stands at that point.
   *
   * @throws AssertionError if the child ends before, or does not come there within a minute
   */
  public void awaitPoint(String point) throws InterruptedException {
    await(() -> waiting.containsValue(point), "the point " + point);
  }

  /**
   * Waits until the child has printed a line that contains {@code text}.
   *
   * @throws AssertionError if the child ends before, or does not print it within a minute
   */
  public void awaitOutput(String text) throws InterruptedException {
    await(() -> output.stream().anyMatch(line -> line.contains(text)), "the output " + text);
  }

  private void await(BooleanSupplier condition, String what) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      long left = PATIENCE.toNanos();
      while (!condition.getAsBoolean()) {
        if (outputEnded || left <= 0) {
          String how =
              outputEnded
                  ? "The child ended before "
                  : "The child has not come within a minute to ";
          throw new AssertionError(how + what + "; its output:\n" + String.join("\n", output));
        }
        left = changed.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Lets all threads of the child go on that stand at a point now. */
  public void proceed() {
    release(point -> true);
  }

  /** Lets those go on that stand at that point now. */
  public void proceed(String point) {
    release(point::equals);
  }

  private void release(Predicate<String> which) {
    lock.lock();
    try {
      StringBuilder ids = new StringBuilder();
      for (Iterator<Map.Entry<String, String>> i = waiting.entrySet().iterator(); i.hasNext(); ) {
        Map.Entry<String, String> at = i.next();
        if (which.test(at.getValue())) {
          ids.append(at.getKey()).append('\n');
          i.remove();
        }
      }
      process.getOutputStream().write(ids.toString().getBytes(StandardCharsets.US_ASCII));
      process.getOutputStream().flush();
    } catch (IOException e) {
      throw new UncheckedIOException("The child has ended", e);
    } finally {
      lock.unlock();
    }
  }

  /** Kills the child by SIGKILL, paused or not, and waits until it is gone. Idempotent. */
  public void kill() {
    tree.kill();
    AtEnd.forget(killAtEnd);
  }

  /** Stops all threads of the child where they are (SIGSTOP). */
  public void pause() {
    tree.pause();
  }

  /** Lets a paused child go on (SIGCONT). */
  public void resume() {
    tree.resume();
  }

  /** Whether the child runs, or is paused. */
  public boolean isAlive() {
    return process.isAlive();
  }

  /** The process id. */
  public long pid() {
    return process.pid();
  }

  /** The lines that the child has printed so far, standard and error output as they came. */
  public List<String> output() {
    lock.lock();
    try {
      return List.copyOf(output);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits for the end of the child and returns its exit value: 0 if its main method returned, 137
   * after a kill. {@link #output()} is complete then.
   *
   * @throws AssertionError if it does not end within a minute
   */
  public int awaitExit() throws InterruptedException {
    if (!process.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new AssertionError(
          "The child has not ended within a minute; its output:\n" + String.join("\n", output()));
    }
    lock.lockInterruptibly();
    try {
      while (!outputEnded) {
        changed.await();
      }
    } finally {
      lock.unlock();
    }
    return process.exitValue();
  }

  /** Kills the child if it still runs. */
  @Override
  public void close() {
    kill();
  }
}
