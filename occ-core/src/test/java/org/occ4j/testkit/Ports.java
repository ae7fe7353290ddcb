/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports of this JVM alone, until it ends: a server that is down between kill and restart finds its
 * port free, whatever other JVMs of the same machine and user start meanwhile.
 *
 * <p>They are drawn from below those that systems give to outgoing connections. Any of those could
 * take the port of a server that is down, even a client that is trying to reach it and meets
 * itself.
 */
final class Ports {
  private static final int LOWEST = 12_000;
  private static final int HIGHEST = 32_000;

  /** A lock lasts as long as its channel. */
  private static final List<FileChannel> locked = new CopyOnWriteArrayList<>();

  private Ports() {}

  /**
   * A port of the loopback address at which nothing listens, and which no other caller is given.
   */
  static int reserve() {
    while (true) {
      int candidate = ThreadLocalRandom.current().nextInt(LOWEST, HIGHEST);
      if (isFree(candidate) && lock(candidate)) {
        return candidate;
      }
    }
  }

  static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return socket.isBound();
    } catch (IOException taken) {
      return false;
    }
  }

  private static boolean lock(int port) {
    try {
      FileChannel channel =
          FileChannel.open(
              Files.createDirectories(directory()).resolve(Integer.toString(port)),
              StandardOpenOption.CREATE,
              StandardOpenOption.WRITE);
      if (isLocked(channel)) {
        locked.add(channel);
        return true;
      }
      channel.close();
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException("No port can be reserved in " + directory(), e);
    }
  }

  private static boolean isLocked(FileChannel channel) throws IOException {
    try {
      return channel.tryLock() != null;
    } catch (OverlappingFileLockException ours) {
      return false;
    }
  }

  private static Path directory() {
    return Path.of(
        System.getProperty("java.io.tmpdir"), "occ4j-ports-" + System.getProperty("user.name"));
  }
}
