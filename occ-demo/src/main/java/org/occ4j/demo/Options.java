/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.demo;

import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;

/**
 * What the command line says.
 *
 * @param host the address to listen on
 * @param port the port to listen on, or 0 for any free one
 * @param jdbcUrl the database
 * @param user its user
 * @param password its password
 */
record Options(String host, int port, String jdbcUrl, String user, String password) {

  static final String USAGE =
      """
      usage: java -jar occ-demo.jar [options]
        --port N          port to listen on; 0 for any free one (default 8080)
        --host ADDRESS    address to listen on (default 127.0.0.1: this machine only)
        --data DIRECTORY  where the default H2 database lies (default ~/.occ4j-demo)
        --jdbc-url URL    another database instead
        --user NAME       its user (default sa)
        --password TEXT   its password (default empty)
        --help            this text
      """;

  private static final int DEFAULT_PORT = 8080;
  private static final int MAX_PORT = 65_535;

  /**
   * The options of these arguments.
   *
   * @throws IllegalArgumentException naming the argument that cannot be understood
   */
  static Options parse(List<String> arguments) {
    Options options =
        new Options(
            "127.0.0.1",
            DEFAULT_PORT,
            h2(Path.of(System.getProperty("user.home"), ".occ4j-demo")),
            "sa",
            "");
    Iterator<String> rest = arguments.iterator();
    while (rest.hasNext()) {
      options = options.with(rest.next(), rest);
    }
    return options;
  }

  private Options with(String name, Iterator<String> rest) {
    return switch (name) {
      case "--port" -> new Options(host, port(value(name, rest)), jdbcUrl, user, password);
      case "--host" -> new Options(value(name, rest), port, jdbcUrl, user, password);
      case "--data" -> new Options(host, port, h2(Path.of(value(name, rest))), user, password);
      case "--jdbc-url" -> new Options(host, port, value(name, rest), user, password);
      case "--user" -> new Options(host, port, jdbcUrl, value(name, rest), password);
      case "--password" -> new Options(host, port, jdbcUrl, user, value(name, rest));
      default -> throw new IllegalArgumentException("unknown option: " + name);
    };
  }

  private static String value(String name, Iterator<String> rest) {
    if (!rest.hasNext()) {
      throw new IllegalArgumentException("a value is missing after " + name);
    }
    return rest.next();
  }

  private static int port(String text) {
    try {
      int port = Integer.parseInt(text);
      if (port >= 0 && port <= MAX_PORT) {
        return port;
      }
    } catch (NumberFormatException notANumber) {
      throw new IllegalArgumentException("not a port: " + text, notANumber);
    }
    throw new IllegalArgumentException("not a port: " + text);
  }

  /**
   * H2 on disk, told to write each commit out before it answers: by default it waits half a second.
   */
  private static String h2(Path directory) {
    return "jdbc:h2:file:"
        + directory.toAbsolutePath().resolve("tasks")
        + ";WRITE_DELAY=0;DB_CLOSE_ON_EXIT=FALSE";
  }
}
