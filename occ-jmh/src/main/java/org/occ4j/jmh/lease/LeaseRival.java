/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.lease;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.LockSupport;
import net.javacrumbs.shedlock.core.LockConfiguration;
import net.javacrumbs.shedlock.core.LockProvider;
import net.javacrumbs.shedlock.core.SimpleLock;
import net.javacrumbs.shedlock.provider.jdbc.JdbcLockProvider;
import org.occ4j.jdbc.JdbcKeyedMutex;
import org.occ4j.jdbc.OccDatabase;
import org.springframework.integration.jdbc.lock.DefaultLockRepository;
import org.springframework.integration.jdbc.lock.JdbcLockRegistry;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;

/** Whose lock is taken and given back. */
public enum LeaseRival {
  /** This library, default settings. */
  OCC(LeaseRival::occ),
  /** Spring Integration with its default pause of 100 milliseconds between two tries. */
  SPRING(pool -> spring(pool, Duration.ofMillis(100))),
  /** Spring Integration told to try again every 5 milliseconds. */
  SPRING_5_MS(pool -> spring(pool, Duration.ofMillis(5))),
  /** ShedLock, which does not wait: tried again after 5 milliseconds, as an application would. */
  SHEDLOCK_5_MS(LeaseRival::shedLock);

  private static final long RETRY_NANOS = 5_000_000;

  /** One process's way to the lock. */
  public interface Node extends AutoCloseable {
    /** Waits for the key, does the work, and gives the key back. */
    void turn(String key, Runnable work) throws Exception;

    @Override
    void close();
  }

  private interface Opener {
    Node open(HikariDataSource pool);
  }

  @SuppressWarnings("ImmutableEnumChecker") // method references
  private final Opener opener;

  LeaseRival(Opener opener) {
    this.opener = opener;
  }

  /** Makes the tables of all rivals. */
  static void createTables(HikariDataSource pool) throws SQLException {
    OccDatabase.builder(pool).createSchema().open().close();
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement()) {
      String instant =
          connection.getMetaData().getDatabaseProductName().equals("MariaDB")
              ? "DATETIME(6)"
              : "TIMESTAMP";
      // As the files that the two ship have it.
      statement.execute(
          "CREATE TABLE INT_LOCK (LOCK_KEY CHAR(36) NOT NULL, REGION VARCHAR(100) NOT NULL,"
              + " CLIENT_ID CHAR(36), CREATED_DATE {t} NOT NULL, EXPIRED_AFTER {t} NOT NULL,"
                  .replace("{t}", instant)
              + " CONSTRAINT INT_LOCK_PK PRIMARY KEY (LOCK_KEY, REGION))");
      statement.execute(
          "CREATE TABLE shedlock (name VARCHAR(64) NOT NULL, lock_until {t} NOT NULL,"
                  .replace("{t}", instant)
              + " locked_at {t} NOT NULL, locked_by VARCHAR(255) NOT NULL, PRIMARY KEY (name))"
                  .replace("{t}", instant));
    }
  }

  /** A node with this pool. */
  Node open(HikariDataSource pool) {
    return opener.open(pool);
  }

  private static Node occ(HikariDataSource pool) {
    OccDatabase database = OccDatabase.open(pool);
    JdbcKeyedMutex<String> mutex = database.mutex("benchmark");
    return new Node() {
      @Override
      public void turn(String key, Runnable work) throws InterruptedException {
        try (var hold = mutex.acquire(key)) {
          work.run();
        }
      }

      @Override
      public void close() {
        database.close();
      }
    };
  }

  private static Node spring(HikariDataSource pool, Duration pause) {
    DefaultLockRepository repository = new DefaultLockRepository(pool);
    repository.setTransactionManager(new DataSourceTransactionManager(pool));
    repository.afterPropertiesSet();
    repository.afterSingletonsInstantiated();
    repository.start();
    JdbcLockRegistry registry = new JdbcLockRegistry(repository);
    registry.setIdleBetweenTries(pause);
    return new Node() {
      @Override
      public void turn(String key, Runnable work) throws InterruptedException {
        Lock lock = registry.obtain(key);
        lock.lockInterruptibly();
        try {
          work.run();
        } finally {
          lock.unlock();
        }
      }

      @Override
      public void close() {
        repository.close();
      }
    };
  }

  private static Node shedLock(HikariDataSource pool) {
    LockProvider provider = new JdbcLockProvider(pool);
    return new Node() {
      @Override
      public void turn(String key, Runnable work) throws InterruptedException {
        SimpleLock lock = acquire(provider, key);
        try {
          work.run();
        } finally {
          lock.unlock();
        }
      }

      @Override
      public void close() {
        // It has nothing of its own.
      }
    };
  }

  private static SimpleLock acquire(LockProvider provider, String key) throws InterruptedException {
    while (true) {
      Optional<SimpleLock> lock =
          provider.lock(
              new LockConfiguration(Instant.now(), key, Duration.ofSeconds(30), Duration.ZERO));
      if (lock.isPresent()) {
        return lock.get();
      }
      LockSupport.parkNanos(RETRY_NANOS);
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
    }
  }
}
