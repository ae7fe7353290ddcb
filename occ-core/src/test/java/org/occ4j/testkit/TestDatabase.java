/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import javax.sql.DataSource;

/**
 * One database on a server, and how to reach it. It has no state and need not be closed; it goes
 * with its server.
 *
 * @param engine the engine and driver
 * @param jdbcUrl the address, options included
 * @param user the user, who may do everything in this database
 * @param password the user's password, maybe empty
 */
public record TestDatabase(Engine engine, String jdbcUrl, String user, String password) {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(30);

  /** Opens a connection of its own, in autocommit mode. */
  public Connection connect() throws SQLException {
    return DriverManager.getConnection(jdbcUrl, user, password);
  }

  /** Runs statements one after the other in autocommit mode. */
  public void execute(String... statements) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  /** A data source that opens a connection at every call and pools nothing. */
  public DataSource dataSource() {
    return new UnpooledDataSource(this);
  }

  /**
   * A pool that has opened all its {@code size} connections when this returns, so that no log-in is
   * counted later. The caller closes it.
   */
  public HikariDataSource pool(int size) {
    HikariConfig config = poolConfig(size);
    HikariDataSource pool = new HikariDataSource(config);
    Connection[] all = new Connection[size];
    try {
      for (int i = 0; i < size; i++) {
        all[i] = pool.getConnection();
      }
      for (Connection connection : all) {
        connection.close();
      }
      return pool;
    } catch (SQLException e) {
      pool.close();
      throw new IllegalStateException("The pool could not be filled from " + jdbcUrl, e);
    }
  }

  /**
   * The same, and no connection is asked for a sign of life, however long nobody has used it: on a
   * slow machine the question would be a round trip that is counted, or the one for which a fault
   * was planned.
   */
  public HikariDataSource silentPool(int size) {
    String property = "com.zaxxer.hikari.aliveBypassWindowMs";
    System.setProperty(property, String.valueOf(Long.MAX_VALUE));
    try {
      return pool(size);
    } finally {
      System.clearProperty(property);
    }
  }

  private HikariConfig poolConfig(int size) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(jdbcUrl);
    config.setUsername(user);
    config.setPassword(password);
    config.setMaximumPoolSize(size);
    config.setMinimumIdle(size);
    config.setConnectionTimeout(CONNECT_TIMEOUT.toMillis());
    // A keep-alive would be a round trip that no test has asked for.
    config.setKeepaliveTime(0);
    return config;
  }

  /**
   * The same database, reached through the proxy, which must stand before this database's server.
   */
  public TestDatabase through(WireProxy proxy) {
    String direct = proxy.targetHost() + ":" + proxy.targetPort() + "/";
    if (!jdbcUrl.contains(direct)) {
      throw new IllegalArgumentException(
          "proxy stands before " + direct + ", not before " + jdbcUrl);
    }
    String url = jdbcUrl.replace(direct, proxy.host() + ":" + proxy.port() + "/");
    return new TestDatabase(engine, url, user, password);
  }
}
