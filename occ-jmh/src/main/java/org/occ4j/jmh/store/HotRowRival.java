/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.store;

import jakarta.persistence.OptimisticLockException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import javax.sql.DataSource;
import org.hibernate.Session;
import org.hibernate.SessionFactory;
import org.hibernate.StaleStateException;
import org.hibernate.boot.MetadataSources;
import org.hibernate.boot.registry.StandardServiceRegistryBuilder;
import org.hibernate.cfg.AvailableSettings;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.RetryPolicy;
import org.occ4j.jdbc.OccDatabase;
import org.occ4j.store.VersionedStore;

/** Who adds one to a row that everybody adds to. */
public enum HotRowRival {
  /** This library's update, delays of the default policy. */
  OCC(pool -> occ(pool, RetryPolicy.defaults())),
  /** This library's update, delays near the time of one commit. */
  OCC_SHORT_DELAYS(pool -> occ(pool, shortDelays())),
  /** Hibernate with {@code @Version}, in a new transaction at once when it lost. */
  HIBERNATE_RETRY(pool -> new Hibernate(pool, RetryPolicy.once())),
  /** The same with the delays of this library's default policy. */
  HIBERNATE_JITTER(pool -> new Hibernate(pool, RetryPolicy.defaults())),
  /** The same with delays near the time of one commit. */
  HIBERNATE_SHORT_DELAYS(pool -> new Hibernate(pool, shortDelays()));

  static final String ROW = "hot";

  /** Adds one to the row. */
  public interface Counter extends AutoCloseable {
    /** Adds one, however often it has to be tried. */
    void increment();

    /** What the row holds. */
    int count();

    @Override
    void close();
  }

  @SuppressWarnings("ImmutableEnumChecker") // method references
  private final Function<DataSource, Counter> factory;

  HotRowRival(Function<DataSource, Counter> factory) {
    this.factory = factory;
  }

  /** A row in this database. */
  public Counter open(DataSource pool) {
    return factory.apply(pool);
  }

  private static RetryPolicy shortDelays() {
    return new RetryPolicy(10, Duration.ofSeconds(5), Duration.ofMillis(1), Duration.ofMillis(16));
  }

  private static Counter occ(DataSource pool, RetryPolicy retry) {
    OccDatabase database = OccDatabase.builder(pool).createSchema().open();
    Codec<Integer> numbers =
        Codec.of(
            "number/1",
            number -> number.toString().getBytes(StandardCharsets.US_ASCII),
            bytes -> Integer.valueOf(new String(bytes, StandardCharsets.US_ASCII)));
    VersionedStore<String, Integer> store = database.store("hot rows", KeyCodec.strings(), numbers);
    store.put(ROW, 0, Expected.any()).orThrow();
    return new Counter() {
      @Override
      public void increment() {
        boolean applied = false;
        while (!applied) {
          applied = store.update(ROW, number -> number + 1, retry).isApplied();
        }
      }

      @Override
      public int count() {
        return store.get(ROW).orElseThrow().value();
      }

      @Override
      public void close() {
        database.close();
      }
    };
  }

  private static final class Hibernate implements Counter {
    private final SessionFactory sessions;
    private final RetryPolicy retry;

    Hibernate(DataSource pool, RetryPolicy retry) {
      this.sessions =
          new MetadataSources(
                  new StandardServiceRegistryBuilder()
                      .applySetting(AvailableSettings.JAKARTA_NON_JTA_DATASOURCE, pool)
                      .applySetting(AvailableSettings.HBM2DDL_AUTO, "create")
                      .build())
              .addAnnotatedClass(HotRow.class)
              .buildMetadata()
              .buildSessionFactory();
      this.retry = retry;
      sessions.inTransaction(session -> session.persist(new HotRow(ROW)));
    }

    @Override
    public void increment() {
      int attempt = 1;
      while (!tryToIncrement()) {
        LockSupport.parkNanos(retry.delayNanosAfter(attempt++));
      }
    }

    private boolean tryToIncrement() {
      try {
        sessions.inTransaction(session -> find(session).increment());
        return true;
      } catch (OptimisticLockException | StaleStateException lost) {
        return false;
      }
    }

    private static HotRow find(Session session) {
      return Objects.requireNonNull(session.find(HotRow.class, ROW));
    }

    @Override
    public int count() {
      return sessions.fromTransaction(session -> find(session).count());
    }

    @Override
    public void close() {
      sessions.close();
    }
  }
}
