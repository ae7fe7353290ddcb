/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * One node of a {@link GaleraCluster}: the distribution's MariaDB with its Galera library. It is
 * ready when it is synced. One that was killed finds in its data the position that it had reached,
 * as the distribution's {@code galera_recovery} does, and is sent what came after it. Whoever is
 * root runs it as {@code nobody}, because the state transfer by {@code rsync} gives up that right
 * by itself.
 */
final class GaleraNode extends ServerOnLoopback {
  private static final String USER = "nobody";
  private static final long SETUP_MINUTES = 4;
  private static final Pattern POSITION =
      Pattern.compile("WSREP: Recovered position:? *([0-9a-f-]{36}:[0-9]+)");

  private final Path home;
  private final int number;
  private final int group = Ports.reserve();
  private final int transfer = Ports.reserve();
  private final int increments = Ports.reserve();
  private List<GaleraNode> all = List.of(this);
  private boolean founds;

  /** A node that is not started. */
  GaleraNode(Path home, int number) {
    super(Engine.MARIADB, WorkDirectory.create("galera"));
    this.home = home;
    this.number = number;
  }

  /** Makes the cluster that the others join; what it has is theirs. */
  void found(List<GaleraNode> cluster) {
    all = cluster;
    prepare();
    initialise();
    founds = true;
    restart();
    founds = false;
  }

  /** Joins a cluster that is there. */
  void join(List<GaleraNode> cluster) {
    all = cluster;
    prepare();
    restart();
  }

  private void prepare() {
    try {
      Files.createDirectories(data());
      Files.createDirectories(directory().resolve("tmp"));
      Files.writeString(
          directory().resolve("init.sql"),
          "CREATE USER IF NOT EXISTS '%s'@'%%' IDENTIFIED BY '%s';\n"
                  .formatted(MariadbServer.USER, MariadbServer.PASSWORD)
              + "GRANT ALL ON *.* TO '%s'@'%%';\n".formatted(MariadbServer.USER));
      handOver();
    } catch (IOException e) {
      throw new UncheckedIOException("No directory for a node of a cluster", e);
    }
  }

  private void initialise() {
    run(
        directory().resolve("install.log"),
        home.resolve("usr/bin/mariadb-install-db").toString(),
        "--verbose", // else the server tells little more than that it failed
        "--no-defaults",
        "--basedir=" + home.resolve("usr"),
        "--datadir=" + data(),
        "--tmpdir=" + directory().resolve("tmp"),
        "--auth-root-authentication-method=normal",
        "--skip-test-db",
        isRoot() ? "--user=" + USER : "--skip-name-resolve");
    handOver();
  }

  private void handOver() {
    if (isRoot()) {
      run(log(), "chown", "-R", USER, directory().toString());
    }
  }

  private static boolean isRoot() {
    return System.getProperty("user.name").equals("root");
  }

  private void run(Path output, String... command) {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putAll(environment());
    builder.redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()));
    try {
      Process process = builder.start();
      boolean ended = process.waitFor(SETUP_MINUTES, TimeUnit.MINUTES);
      if (!ended || process.exitValue() != 0) {
        String how = ended ? " failed with " + process.exitValue() : " did not end in time";
        throw new IllegalStateException(List.of(command) + how + kept(output));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Not started: " + List.of(command), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  /** All that was said, which is also kept where the data of this JVM are not. */
  private static String kept(Path output) throws IOException {
    String name = output.getFileName() + "-" + ProcessHandle.current().pid();
    Path copy = WorkDirectory.shared("failed").resolve(name);
    Files.copy(output, copy, StandardCopyOption.REPLACE_EXISTING);
    return "; " + copy + " says:\n" + Files.readString(copy);
  }

  @Override
  List<String> command() {
    List<String> command = options();
    if (founds) {
      command.add("--init-file=" + directory().resolve("init.sql"));
      command.add("--wsrep-new-cluster");
    } else if (Files.exists(data().resolve("grastate.dat"))) {
      recovered(command).ifPresent(at -> command.add("--wsrep-start-position=" + at));
    }
    return command;
  }

  /** Where a node stood that is not running; absent if its data do not say so. */
  private Optional<String> recovered(List<String> options) {
    Path said = directory().resolve("recovery.log");
    List<String> command = new ArrayList<>(options);
    command.add("--wsrep-recover");
    try {
      Files.deleteIfExists(said);
      run(said, command.toArray(String[]::new));
      Matcher position = POSITION.matcher(Files.readString(said));
      return position.results().reduce((one, next) -> next).map(found -> found.group(1));
    } catch (IOException e) {
      throw new UncheckedIOException("No position of a node of a cluster", e);
    }
  }

  private List<String> options() {
    List<String> command = new ArrayList<>();
    command.add(home.resolve("usr/sbin/mariadbd").toString());
    command.add("--no-defaults");
    command.add("--basedir=" + home.resolve("usr"));
    command.add("--datadir=" + data());
    command.add("--tmpdir=" + directory().resolve("tmp"));
    command.add("--socket=server.sock"); // in the data directory
    command.add("--bind-address=" + host());
    command.add("--port=" + port());
    command.add("--skip-name-resolve");
    command.add("--skip-ssl");
    command.add("--character-set-server=utf8mb4");
    command.add("--max-connections=200");
    command.add("--innodb-flush-log-at-trx-commit=1");
    command.add("--innodb-buffer-pool-size=64M");
    command.add("--innodb-autoinc-lock-mode=2");
    command.add("--binlog-format=ROW");
    command.add("--wsrep-on=ON");
    command.add("--wsrep-provider=" + home.resolve("usr/lib/galera/libgalera_smm.so"));
    command.add("--wsrep-cluster-name=occ4j");
    command.add("--wsrep-cluster-address=gcomm://" + addresses());
    command.add("--wsrep-node-name=node" + number);
    command.add("--wsrep-node-address=" + host() + ":" + group);
    command.add("--wsrep-node-incoming-address=" + host() + ":" + port());
    command.add("--wsrep-sst-method=rsync");
    command.add("--wsrep-sst-receive-address=" + host() + ":" + transfer);
    command.add(
        "--wsrep-provider-options=gmcast.listen_addr=tcp://%s:%d;ist.recv_addr=%s:%d"
                .formatted(host(), group, host(), increments)
            + ";gcache.size=32M;gcache.page_size=32M");
    if (isRoot()) {
      command.add("--user=" + USER);
    }
    return command;
  }

  private String addresses() {
    return all.stream().map(node -> host() + ":" + node.group).collect(Collectors.joining(","));
  }

  @Override
  Map<String, String> environment() {
    String programs = home.resolve("usr/bin") + ":" + home.resolve("usr/sbin");
    String libraries =
        home.resolve("usr/lib/x86_64-linux-gnu") + ":" + home.resolve("lib/x86_64-linux-gnu");
    return home.equals(Path.of("/"))
        ? Map.of()
        : Map.of("PATH", programs + ":" + System.getenv("PATH"), "LD_LIBRARY_PATH", libraries);
  }

  @Override
  TestDatabase database(String name) {
    return GaleraCluster.database(Engine.MARIADB, host(), port(), name);
  }

  /**
   * Whether it has applied what the cluster had committed: statements wait for that, but not a
   * session that begins in a database.
   */
  boolean isCaughtUp() {
    return answers();
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
    String state =
        showOne(
            connection,
            "SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS"
                + " WHERE VARIABLE_NAME = 'WSREP_LOCAL_STATE_COMMENT'");
    if (!state.equals("Synced")) {
      throw new SQLException("not synced yet: " + state);
    }
  }
}
