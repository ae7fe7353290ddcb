/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A server process on a loopback port with data in a directory of this JVM.
 *
 * <p>The server is started as a child of this JVM, not through its own control program: so its exit
 * is seen at once, and a killed server is not left as a zombie whose process id a restart would
 * take for a running one.
 */
abstract class ServerOnLoopback implements DatabaseProcess {
  private static final Duration START_TIMEOUT = Duration.ofMinutes(4);
  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private final Engine engine;
  private final Path directory;
  private final int port = Ports.reserve();
  private final Runnable killAtEnd = this::kill;
  private final AtomicInteger databases = new AtomicInteger();

  private final ReentrantLock lock = new ReentrantLock();
  private @Nullable ProcessTree process;
  private String version = "not started";
  private volatile @Nullable SmallDisk disk;
  private volatile @Nullable WrongClock clock;

  ServerOnLoopback(Engine engine, Path directory) {
    this.engine = engine;
    this.directory = directory;
  }

  /** The command that runs the server in the foreground, durable settings included. */
  abstract List<String> command();

  abstract Map<String, String> environment();

  /** The database of that name; {@link #maintenanceName} always exists. */
  abstract TestDatabase database(String name);

  abstract String maintenanceName();

  abstract String createDatabase(String name);

  /** Fails unless a commit that this server acknowledges is on disk. */
  abstract void assertDurable(Connection connection) throws SQLException;

  @Override
  public final Engine engine() {
    return engine;
  }

  @Override
  public final String host() {
    return "127.0.0.1";
  }

  @Override
  public final int port() {
    return port;
  }

  @Override
  public final String version() {
    lock.lock();
    try {
      return version;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public final TestDatabase newDatabase() {
    return database(newDatabaseName());
  }

  /** Creates an empty database and tells its name. */
  final String newDatabaseName() {
    String name = "occ_" + databases.incrementAndGet();
    try {
      database(maintenanceName()).execute(createDatabase(name));
    } catch (SQLException e) {
      throw new IllegalStateException("No new database on " + version() + logTail(), e);
    }
    return name;
  }

  @Override
  public final void restart() {
    lock.lock();
    try {
      kill();
      awaitFree(port);
      AtEnd.first(killAtEnd);
      process = ProcessTree.start(command(), environmentAndClock(), log());
      awaitReady(process);
    } finally {
      lock.unlock();
    }
  }

  private Map<String, String> environmentAndClock() {
    Map<String, String> all = new HashMap<>(environment());
    WrongClock given = clock;
    if (given != null) {
      all.putAll(given.environment());
    }
    return all;
  }

  private void awaitReady(ProcessTree started) {
    long deadline = System.nanoTime() + START_TIMEOUT.toNanos();
    while (true) {
      try (Connection connection = database(maintenanceName()).connect()) {
        if (!started.isAlive()) {
          throw new SQLException("another server answers on port " + port);
        }
        assertDurable(connection);
        version = showOne(connection, "SELECT version()");
        return;
      } catch (SQLException notYet) {
        if (!started.isAlive() || System.nanoTime() - deadline > 0) {
          String how = started.isAlive() ? " is not ready in time" : " ended while it started";
          kill();
          throw new IllegalStateException(
              engine + " does not start on port " + port + ": it" + how + logTail(), notYet);
        }
        LockSupport.parkNanos(POLL_NANOS);
      }
    }
  }

  static String showOne(Connection connection, String query) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      row.next();
      return row.getString(1);
    }
  }

  static void assertSetting(Connection connection, String query, String expected)
      throws SQLException {
    String actual = showOne(connection, query);
    if (!actual.equals(expected)) {
      throw new IllegalStateException(query + " says " + actual + " instead of " + expected);
    }
  }

  @Override
  public final void kill() {
    lock.lock();
    try {
      if (process != null) {
        process.kill();
        process = null;
      }
      AtEnd.forget(killAtEnd);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public final void copyData() {
    lock.lock();
    try {
      kill();
      copyTree(data(), copy());
      restart();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public final void bringBackCopy() {
    lock.lock();
    try {
      if (!Files.isDirectory(copy())) {
        throw new IllegalStateException("there is no copy of the data of " + engine);
      }
      kill();
      copyTree(copy(), data());
      restart();
    } finally {
      lock.unlock();
    }
  }

  final Path data() {
    return directory.resolve("data");
  }

  final Path copy() {
    return directory.resolve("copy-of-data");
  }

  /** Rights and owners stay: a server refuses data that others may read. */
  private static void copyTree(Path from, Path to) {
    WorkDirectory.deleteTree(to);
    try {
      Process copying = new ProcessBuilder("cp", "-a", from.toString(), to.toString()).start();
      if (copying.waitFor() != 0) {
        throw new IllegalStateException(from + " was not copied to " + to);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  @Override
  public final @Nullable SmallDisk disk() {
    return disk;
  }

  final void disk(@Nullable SmallDisk under) {
    disk = under;
  }

  @Override
  public final @Nullable WrongClock clock() {
    return clock;
  }

  final void clock(@Nullable WrongClock given) {
    clock = given;
  }

  /** Whether it was started, and not killed, but runs no more. */
  final boolean hasEnded() {
    lock.lock();
    try {
      return process != null && !process.isAlive();
    } finally {
      lock.unlock();
    }
  }

  /** Whether it takes a connection and answers. */
  final boolean answers() {
    try (Connection connection = database(maintenanceName()).connect()) {
      showOne(connection, "SELECT version()");
      return true;
    } catch (SQLException ended) {
      return false;
    }
  }

  @Override
  public final void pause() {
    running().pause();
  }

  @Override
  public final void resume() {
    running().resume();
  }

  private ProcessTree running() {
    lock.lock();
    try {
      if (process == null) {
        throw new IllegalStateException(engine + " is not running; restart() it first");
      }
      return process;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public final void close() {
    kill();
    WorkDirectory.deleteTree(directory);
  }

  final Path directory() {
    return directory;
  }

  final Path log() {
    return directory.resolve("server.log");
  }

  final String logTail() {
    try {
      List<String> lines = Files.readAllLines(log());
      return "; the end of "
          + log()
          + ":\n"
          + String.join("\n", lines.subList(Math.max(0, lines.size() - 20), lines.size()));
    } catch (IOException e) {
      return "; no log: " + e;
    }
  }

  private static void awaitFree(int port) {
    long deadline = System.nanoTime() + START_TIMEOUT.toNanos();
    while (!Ports.isFree(port)) {
      if (System.nanoTime() - deadline > 0) {
        throw new IllegalStateException("port " + port + " is held by another process");
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
  }
}
