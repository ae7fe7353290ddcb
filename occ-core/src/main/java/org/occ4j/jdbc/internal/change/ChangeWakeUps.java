/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.change;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.occ4j.OccException;
import org.occ4j.jdbc.internal.JdbcContext;
import org.occ4j.jdbc.internal.change.ChangePoller.PollBackOff;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * PostgreSQL's {@code NOTIFY} as a hint between nodes that there is something to read, so that they
 * need not wait for their next poll.
 *
 * <p>It is a hint and nothing more: it carries no change, may be lost, and costs nothing but time
 * if it is. What was committed is read from the table by the poller in any case.
 *
 * <p>One thread has one connection of its own, in auto-commit mode, on which it listens and sends.
 * Nothing is sent inside anybody's transaction: every commit with a notification takes one lock of
 * the whole server. After commits of this node it sends once, at most twenty times a second,
 * however many they were.
 */
public final class ChangeWakeUps implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ChangeWakeUps.class);

  /** How long it listens before it looks whether there is something to send, and rests after. */
  private static final Duration PAUSE = Duration.ofMillis(50);

  /** How many of these pauses are silent before it asks whether the connection still answers. */
  private static final int PAUSES_PER_LOOK = 200;

  private static final int ANSWER_SECONDS = 5;

  private final JdbcContext context;

  /** The name of the table. Another schema's of that name are heard too, which costs a poll. */
  private final String channel;

  private final Runnable wake;
  private final AtomicBoolean news = new AtomicBoolean();
  private final AtomicBoolean started = new AtomicBoolean();
  private final Thread thread;
  private volatile boolean closed;

  // The thread's.
  private final PollBackOff backOff =
      new PollBackOff(PAUSE, bound -> ThreadLocalRandom.current().nextLong(bound));
  private boolean failing;

  /**
   * Not yet started.
   *
   * @param wake what to do when another node has news; must not throw
   */
  public ChangeWakeUps(JdbcContext context, Runnable wake) {
    this.context = context;
    this.channel = context.schema().tableName("change");
    this.wake = wake;
    this.thread = new Thread(null, this::run, "occ4j-change-wake-ups", 0, false);
    thread.setDaemon(true);
  }

  /** Begins to listen, the first time. */
  public void start() {
    if (!started.get() && started.compareAndSet(false, true)) {
      thread.start();
    }
  }

  /** Tells the others soon that something was committed here. */
  public void announce() {
    news.set(true);
    start();
  }

  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
    if (started.get()) {
      ChangePoller.joinBriefly(thread);
    }
  }

  private void run() {
    while (!closed) {
      boolean served = false;
      try {
        served = context.transactions().reading(this::serve);
      } catch (OccException unavailable) {
        report(unavailable);
      } catch (RuntimeException | Error bug) {
        LOG.error("the wake-ups of the change log failed; followers go by their polls", bug);
      }
      if (!closed && !served) {
        pause(backOff.pauseNanosAfter(false));
      }
    }
  }

  /** A stray interrupt means nothing here, and must not turn pauses into a busy loop. */
  private void pause(long nanos) {
    LockSupport.parkNanos(nanos);
    if (Thread.interrupted()) {
      LOG.debug("the thread of the wake-ups was interrupted; it goes on");
    }
  }

  private boolean serve(Connection connection) throws SQLException {
    PostgresqlNotifications notifications = PostgresqlNotifications.of(connection);
    boolean autoCommit = connection.getAutoCommit();
    if (!autoCommit) {
      connection.setAutoCommit(true); // or nothing is heard before a commit
    }
    try {
      execute(connection, "LISTEN ");
      succeeded();
      wake.run(); // for what was sent while nobody listened here
      listen(connection, notifications);
    } finally {
      restore(connection, autoCommit);
    }
    return true;
  }

  private void succeeded() {
    long unused = backOff.pauseNanosAfter(true); // the next failure begins with a short pause
    if (failing) {
      failing = false;
      LOG.info("wake-ups of the change log are heard again");
    }
  }

  /**
   * Leaves the connection as it was. Where the driver's own object has failed, this is also how a
   * pool learns of it: by a statement that fails.
   */
  private void restore(Connection connection, boolean autoCommit) {
    try {
      execute(connection, "UNLISTEN ");
      if (!autoCommit) {
        connection.setAutoCommit(false);
      }
    } catch (SQLException broken) {
      LOG.debug("could not stop listening", broken);
    }
  }

  private void listen(Connection connection, PostgresqlNotifications notifications)
      throws SQLException {
    String here = context.node().toString();
    for (int silent = 0; !closed; silent++) {
      if (notifications.othersThan(here, PAUSE)) {
        wake.run();
        silent = 0;
      } else if (silent >= PAUSES_PER_LOOK) {
        requireAnswer(connection);
        silent = 0;
      }
      if (news.getAndSet(false)) {
        send(connection, here);
        pause(PAUSE.toNanos()); // listening ends early, by what was sent just now
      }
    }
  }

  /** A server that is gone without a word sends nothing, like one that has nothing to send. */
  private static void requireAnswer(Connection connection) throws SQLException {
    if (!connection.isValid(ANSWER_SECONDS)) {
      throw new SQLException("the connection does not answer any more", "08006");
    }
  }

  private void send(Connection connection, String here) throws SQLException {
    try (PreparedStatement notify = connection.prepareStatement("SELECT pg_notify(?, ?)")) {
      notify.setString(1, channel);
      notify.setString(2, here);
      notify.execute();
    } catch (SQLException lost) {
      news.set(true); // for the next connection
      throw lost;
    }
  }

  private void execute(Connection connection, String verb) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(verb + context.engine().quote(channel));
    }
  }

  /** Once for each outage. */
  private void report(OccException unavailable) {
    if (!failing) {
      failing = true;
      LOG.warn("no wake-ups of the change log; followers go by their polls", unavailable);
    }
  }
}
