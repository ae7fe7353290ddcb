/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import io.zonky.test.db.postgres.util.LinuxUtils;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;

/**
 * The distribution's pgBouncer before one database, in transaction mode: a server session belongs
 * to a client for the length of a transaction only, so nothing may be left in it. A driver's named
 * statements would be, so the driver is told to use none.
 */
public final class PgBouncer implements AutoCloseable {
  private static final Path EXECUTABLE = Path.of("/usr/sbin/pgbouncer");
  private static final Duration START_TIMEOUT = Duration.ofMinutes(1);
  private static final Pattern ADDRESS =
      Pattern.compile("^jdbc:postgresql://(?<host>[^:/]+):(?<port>\\d+)/(?<name>\\w+)");

  private final ProcessTree process;
  private final Runnable killAtEnd;
  private final TestDatabase database;

  private PgBouncer(ProcessTree process, TestDatabase database) {
    this.process = process;
    this.killAtEnd = process::kill;
    this.database = database;
    AtEnd.first(killAtEnd);
  }

  /**
   * Starts it, or says loudly that there is none and lets the test be reported as skipped. The
   * caller closes it.
   *
   * @param sessions the server sessions that all clients share
   */
  public static PgBouncer startOrSkip(TestDatabase direct, int sessions) {
    if (!Files.isExecutable(EXECUTABLE)) {
      System.err.println("**** NO PGBOUNCER at " + EXECUTABLE + "; its tests are SKIPPED. ****");
      Assumptions.abort("no pgBouncer was found");
    }
    Matcher address = ADDRESS.matcher(direct.jdbcUrl());
    if (!address.find()) {
      throw new IllegalArgumentException("not a database of PostgreSQL: " + direct.jdbcUrl());
    }
    Path directory = WorkDirectory.create("pgbouncer");
    int port = Ports.reserve();
    Path settings = directory.resolve("pgbouncer.ini");
    write(settings, settings(address, direct.user(), port, sessions));
    List<String> command = new ArrayList<>();
    if (LinuxUtils.isUnshareAvailable()) {
      command.addAll(List.of("unshare", "-U")); // like the server, it refuses to run as root
    }
    command.addAll(List.of(EXECUTABLE.toString(), settings.toString()));
    ProcessTree process = ProcessTree.start(command, Map.of(), directory.resolve("pgbouncer.log"));
    String url =
        "jdbc:postgresql://127.0.0.1:%d/%s?sslmode=disable&gssEncMode=disable&prepareThreshold=0"
            .formatted(port, address.group("name"));
    PgBouncer started =
        new PgBouncer(
            process, new TestDatabase(direct.engine(), url, direct.user(), direct.password()));
    started.awaitReady(directory);
    return started;
  }

  private static String settings(Matcher address, String user, int port, int sessions) {
    return """
        [databases]
        %s = host=%s port=%s dbname=%s user=%s
        [pgbouncer]
        listen_addr = 127.0.0.1
        listen_port = %d
        unix_socket_dir =
        auth_type = any
        pool_mode = transaction
        default_pool_size = %d
        ignore_startup_parameters = extra_float_digits
        """
        .formatted(
            address.group("name"),
            address.group("host"),
            address.group("port"),
            address.group("name"),
            user,
            port,
            sessions);
  }

  private static void write(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void awaitReady(Path directory) {
    long deadline = System.nanoTime() + START_TIMEOUT.toNanos();
    while (true) {
      try (Connection ready = database.connect()) {
        if (ready.isValid(1)) {
          return;
        }
      } catch (SQLException notYet) {
        if (!process.isAlive() || System.nanoTime() - deadline > 0) {
          close();
          throw new IllegalStateException("pgBouncer does not start; see " + directory, notYet);
        }
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
    }
  }

  /** The database, reached through it. */
  public TestDatabase database() {
    return database;
  }

  @Override
  public void close() {
    process.kill();
    AtEnd.forget(killAtEnd);
  }
}
