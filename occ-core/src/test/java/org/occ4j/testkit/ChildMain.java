/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The child's side of {@link ChildJvm}. A line of output says that a thread waits, with a number; a
 * line of input with that number lets it go on. The end of the input means that the parent is dead.
 */
final class ChildMain {
  /** Starts the rest of a line: the number of the waiting thread, a space, the point's name. */
  static final String REACHED = "\u0001occ4j-reached ";

  private static final int PARENT_IS_DEAD = 113;
  private static final Map<String, CountDownLatch> waiting = new ConcurrentHashMap<>();
  private static final AtomicLong numbers = new AtomicLong();
  private static volatile @Nullable PrintStream parent;

  private ChildMain() {}

  /** Runs the main method of the class named first with the other arguments. */
  public static void main(String[] arguments) throws Throwable {
    // The child's own code may redirect System.out; this stream stays.
    parent =
        new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
    Thread reader = new Thread(ChildMain::obeyParent, "child-jvm-input");
    reader.setDaemon(true);
    reader.start();
    Method main = Class.forName(arguments[0]).getDeclaredMethod("main", String[].class);
    main.setAccessible(true);
    try {
      main.invoke(null, (Object) Arrays.copyOfRange(arguments, 1, arguments.length));
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  private static void obeyParent() {
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        CountDownLatch latch = waiting.remove(line);
        if (latch != null) {
          latch.countDown();
        }
      }
    } catch (IOException e) {
      System.err.println("child: the parent's pipe is broken: " + e);
    }
    // Not exit(): shutdown hooks would do work that a dead parent's test does not expect.
    Runtime.getRuntime().halt(PARENT_IS_DEAD);
  }

  static void reached(String point) throws InterruptedException {
    PrintStream announce = parent;
    if (announce == null) {
      throw new IllegalStateException("This JVM was not started by ChildJvm, at point " + point);
    }
    String number = Long.toString(numbers.incrementAndGet());
    CountDownLatch latch = new CountDownLatch(1);
    waiting.put(number, latch);
    System.out.flush();
    announce.print(REACHED + number + " " + point + "\n");
    announce.flush();
    latch.await();
  }
}
