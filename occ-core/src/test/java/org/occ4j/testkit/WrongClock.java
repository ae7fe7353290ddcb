/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The wall clock of the processes that are started with its environment: as wrong as a test sets
 * it, also while they run. Their monotonic clock and their timed waits go right, as where somebody
 * sets the clock of a machine.
 *
 * <p>It takes libfaketime, whose library for programs with threads the system property {@code
 * occ.faketime} names. One thread uses it.
 */
public final class WrongClock implements AutoCloseable {
  private static final String LIBRARY = System.getProperty("occ.faketime", "");
  private static final Path SHARED_MEMORY = Path.of("/dev/shm");

  private final Path file = WorkDirectory.create("clock").resolve("time");
  private @Nullable ServerOnLoopback server;
  private Duration ahead = Duration.ZERO;

  /** A clock that is right. */
  public WrongClock() {
    if (!isPossible()) {
      throw new IllegalStateException("the property occ.faketime names no library");
    }
    set(Duration.ZERO);
  }

  /** Whether there is a library to make clocks wrong with. */
  public static boolean isPossible() {
    return !LIBRARY.isEmpty();
  }

  /** Restarts a server with a clock that is right until it is set; {@link #close} takes it back. */
  public static WrongClock of(DatabaseProcess process) {
    WrongClock clock = new WrongClock();
    clock.server = (ServerOnLoopback) process;
    clock.server.clock(clock);
    clock.server.restart();
    return clock;
  }

  /** What a process is started with to have this clock. */
  public Map<String, String> environment() {
    return Map.ofEntries(
        Map.entry("LD_PRELOAD", LIBRARY),
        Map.entry("FAKETIME_TIMESTAMP_FILE", file.toString()),
        Map.entry("FAKETIME_NO_CACHE", "1"),
        Map.entry("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        // With this fix, which it would switch on by itself, timed waits of a JVM end at once.
        Map.entry("FAKETIME_FORCE_MONOTONIC_FIX", "0"),
        Map.entry("NO_FAKE_STAT", "1"),
        Map.entry("TZ", "UTC"));
  }

  /** From now on the clock is ahead by so many seconds; behind, if that is negative. */
  public void set(Duration ahead) {
    write("%+d".formatted(ahead.toSeconds()));
    this.ahead = ahead;
  }

  /** By how much it was set ahead last. */
  public Duration ahead() {
    return ahead;
  }

  /** From now on the clock stands still at that second. */
  public void stop(Instant second) {
    write(
        DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss").withZone(ZoneOffset.UTC).format(second));
  }

  /** In one piece: processes read it at every look at their clock. */
  private void write(String time) {
    try {
      Path next = Files.writeString(file.resolveSibling("next"), time + "\n");
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Restarts the server, if it is one's, with the clock of this machine. */
  @Override
  public void close() {
    if (server != null) {
      server.clock(null);
      server.restart();
    }
    try (Stream<Path> left = Files.list(SHARED_MEMORY)) {
      left.filter(WrongClock::isLeftByTheDead).forEach(path -> path.toFile().delete());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The library cleans up at the end of its process, but not when that is killed. */
  private static boolean isLeftByTheDead(Path path) {
    String name = path.getFileName().toString();
    String pid = name.replaceFirst("^(faketime_shm|sem\\.faketime_sem)_", "");
    return !pid.equals(name)
        && pid.matches("\\d{1,9}")
        && ProcessHandle.of(Long.parseLong(pid)).isEmpty();
  }
}
