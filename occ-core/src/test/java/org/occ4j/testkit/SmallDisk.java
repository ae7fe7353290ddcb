/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A disk in memory that holds the data of a server, or the files of H2, and little more, so that it
 * can be full. It takes root on Linux to have one. One thread uses it.
 */
public final class SmallDisk implements AutoCloseable {
  private static final int MEGABYTE = 1 << 20;

  /** For the logs that a server writes before it uses its old ones again. */
  private static final int SPARE_MEGABYTES = 96;

  /** For the histories of three nodes, each of whose commits on H2 is some pages of its own. */
  private static final int EMPTY_MEGABYTES = 256;

  private final Path root;
  private final @Nullable ServerOnLoopback server;
  private final Runnable unmountAtEnd;

  private SmallDisk(Path root, @Nullable ServerOnLoopback server) {
    this.root = root;
    this.server = server;
    unmountAtEnd = () -> run("umount", "-l", root.toString());
    AtEnd.first(unmountAtEnd);
  }

  /**
   * An empty disk; what is written there is gone with it.
   *
   * @return the disk, or null if this machine does not let us mount one
   */
  public static @Nullable SmallDisk empty() {
    Path root = WorkDirectory.create("disk");
    return mount(root, EMPTY_MEGABYTES) ? new SmallDisk(root, null) : null;
  }

  /**
   * Restarts a server on a copy of its data on a small disk; what it writes there is gone with the
   * disk.
   *
   * @return the disk, or null if this machine does not let us mount one
   */
  public static @Nullable SmallDisk under(DatabaseProcess process) {
    ServerOnLoopback server = (ServerOnLoopback) process;
    server.copyData();
    server.kill();
    if (!mount(server.data(), sizeOf(server.data()) / MEGABYTE + SPARE_MEGABYTES)) {
      server.restart();
      return null;
    }
    SmallDisk disk = new SmallDisk(server.data(), server);
    run("cp", "-a", server.copy() + "/.", server.data().toString());
    server.disk(disk);
    server.restart();
    return disk;
  }

  private static boolean mount(Path root, long megabytes) {
    String options = "size=" + megabytes + "m,mode=700";
    return run("mount", "-t", "tmpfs", "-o", options, "tmpfs", root.toString());
  }

  private static long sizeOf(Path tree) {
    try (var files = Files.walk(tree)) {
      return files.filter(Files::isRegularFile).mapToLong(file -> file.toFile().length()).sum();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean run(String... command) {
    try {
      return new ProcessBuilder(List.of(command))
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .onExit()
              .join()
              .exitValue()
          == 0;
    } catch (IOException noSuchCommand) {
      return false;
    }
  }

  /** Where it is mounted. */
  Path root() {
    return root;
  }

  private Path ballast() {
    return root.resolve("ballast");
  }

  /** Writes a file until nothing more goes on the disk. */
  public void fill() {
    byte[] page = new byte[4096];
    try (OutputStream file = Files.newOutputStream(ballast())) {
      for (long pages = available() / page.length + 1; pages > 0; pages--) {
        file.write(page);
      }
    } catch (IOException full) {
      return;
    }
  }

  private long available() throws IOException {
    FileStore disk = Files.getFileStore(root);
    return disk.getUsableSpace();
  }

  /** Makes room again, and starts the server if it has ended for want of it. */
  public void makeRoom() {
    try {
      Files.deleteIfExists(ballast());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (server != null && !server.answers()) {
      server.restart();
    }
  }

  /** Starts the server if it has ended by itself. */
  public void keepServer() {
    if (server != null && server.hasEnded()) {
      server.restart();
    }
  }

  /**
   * Takes the disk away, and restarts the server, if it is one's, on the data that it had before.
   */
  @Override
  public void close() {
    if (server != null) {
      server.kill();
      server.disk(null);
    }
    unmountAtEnd.run();
    AtEnd.forget(unmountAtEnd);
    if (server != null) {
      server.restart();
    }
  }
}
