/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A database engine, and the driver used with it, that a contract suite can run on.
 *
 * <p>A suite's subclass for an engine carries the engine's tag, so that a build can leave engines
 * out ({@code -DexcludedGroups=postgresql,mariadb}):
 *
 * <pre>{@code
 * @Tag(Engine.POSTGRESQL_TAG)
 * class PostgresqlStoreTest extends JdbcStoreContract {
 *   PostgresqlStoreTest() {
 *     super(Engine.POSTGRESQL);
 *   }
 * }
 * }</pre>
 *
 * <p>Thread-safe.
 */
public enum Engine {
  /** H2 in a file of this JVM, where what was acknowledged is on disk ({@code WRITE_DELAY=0}). */
  H2 {
    @Override
    public DatabaseServer start() {
      return H2Server.onDisk();
    }
  },

  /** H2 in the memory of this JVM. */
  H2_MEMORY {
    @Override
    public DatabaseServer start() {
      return H2Server.inMemory();
    }
  },

  /** A PostgreSQL server with {@code fsync} and {@code synchronous_commit} on, through pgjdbc. */
  POSTGRESQL {
    @Override
    public DatabaseServer start() {
      return PostgresqlServer.start();
    }
  },

  /** A MariaDB server through MariaDB Connector/J. */
  MARIADB {
    @Override
    public DatabaseServer start() {
      return MariadbServer.start(this);
    }
  },

  /** A MariaDB server through MySQL Connector/J. MySQL itself is not run. */
  MARIADB_MYSQL_DRIVER {
    @Override
    public DatabaseServer start() {
      return MariadbServer.start(this);
    }
  };

  /** The JUnit tag of all that starts a PostgreSQL server. */
  public static final String POSTGRESQL_TAG = "postgresql";

  /** The JUnit tag of all that starts a MariaDB server, by whichever driver. */
  public static final String MARIADB_TAG = "mariadb";

  private static final ReentrantLock lock = new ReentrantLock();
  private static final Map<Engine, DatabaseServer> shared = new EnumMap<>(Engine.class);

  /**
   * Starts a server of its own for a test that kills or pauses it. The caller closes it; what is
   * still open at the end of the JVM is stopped then.
   */
  public abstract DatabaseServer start();

  /**
   * The server of this engine that all tests of this JVM share, started at the first call. Tests
   * are kept apart by {@link DatabaseServer#newDatabase()}; they do not close the server, which
   * lives until the end of the JVM.
   */
  public DatabaseServer server() {
    lock.lock();
    try {
      boolean clustered =
          GaleraCluster.isAskedFor() && (this == MARIADB || this == MARIADB_MYSQL_DRIVER);
      return shared.computeIfAbsent(this, clustered ? Engine::cluster : Engine::start);
    } finally {
      lock.unlock();
    }
  }

  /** One for both drivers. */
  private static DatabaseServer cluster(Engine driver) {
    for (DatabaseServer server : shared.values()) {
      if (server instanceof GaleraCluster cluster) {
        return cluster.by(driver);
      }
    }
    return GaleraCluster.start().by(driver);
  }

  /** {@link #start()} for an engine that is a process; H2 is none. */
  public DatabaseProcess startProcess() {
    if (this == H2 || this == H2_MEMORY) {
      throw new IllegalArgumentException(
          this + " lives in this JVM; to kill it, kill the JVM: see ChildJvm");
    }
    return (DatabaseProcess) start();
  }
}
