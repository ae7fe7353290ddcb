/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Where the test kit keeps data: {@code target/testkit}, or the system property {@code
 * occ4j.testkit.directory}. Data of a JVM is deleted when that ends; unpacked servers stay.
 */
final class WorkDirectory {
  private static final ReentrantLock lock = new ReentrantLock();
  private static @Nullable Path ofThisJvm;
  private static int created;

  private WorkDirectory() {}

  /** A directory that all JVMs share and nobody deletes. */
  static Path shared(String name) {
    return make(root().resolve(name));
  }

  /** A new directory for this JVM alone. */
  static Path create(String prefix) {
    lock.lock();
    try {
      if (ofThisJvm == null) {
        Path mine = root().resolve("jvm-" + ProcessHandle.current().pid());
        deleteTree(mine);
        ofThisJvm = make(mine);
        AtEnd.last(() -> deleteTree(mine));
      }
      return make(ofThisJvm.resolve(prefix + "-" + ++created));
    } finally {
      lock.unlock();
    }
  }

  private static Path root() {
    return Path.of(System.getProperty("occ4j.testkit.directory", "target/testkit"))
        .toAbsolutePath();
  }

  private static Path make(Path directory) {
    try {
      return Files.createDirectories(directory);
    } catch (IOException e) {
      throw new UncheckedIOException("No directory " + directory, e);
    }
  }

  /**
   * Deletes what can be deleted: a file that a dying server recreates is left to the next clean.
   */
  static void deleteTree(Path directory) {
    if (!Files.exists(directory)) {
      return;
    }
    try (Stream<Path> tree = Files.walk(directory)) {
      List<Path> leavesFirst = tree.sorted(Comparator.reverseOrder()).toList();
      for (Path path : leavesFirst) {
        Files.deleteIfExists(path);
      }
    } catch (IOException | UncheckedIOException e) {
      System.err.println("testkit: " + directory + " was not deleted: " + e);
    }
  }
}
