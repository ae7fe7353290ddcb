/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.occ4j.OccException;
import org.occ4j.SchemaException;
import org.occ4j.change.Change;
import org.occ4j.change.ChangeDraft;
import org.occ4j.change.ChangeFollower;
import org.occ4j.change.ChangeToken;
import org.occ4j.change.FeedStats;
import org.occ4j.change.Subscription;
import org.occ4j.change.internal.FollowerQueue;
import org.occ4j.jdbc.internal.JdbcContext;
import org.occ4j.jdbc.internal.Transactions;
import org.occ4j.jdbc.internal.change.ChangeCursor;
import org.occ4j.jdbc.internal.change.ChangeCursor.Batch;
import org.occ4j.jdbc.internal.change.ChangeDialect.AppendedChange;
import org.occ4j.jdbc.internal.change.ChangeFollowers;
import org.occ4j.jdbc.internal.change.ChangePoller;
import org.occ4j.jdbc.internal.change.ChangeRows;
import org.occ4j.jdbc.internal.change.ChangeRows.Head;
import org.occ4j.jdbc.internal.change.ChangeRows.Row;
import org.occ4j.jdbc.internal.change.ChangeWakeUps;
import org.occ4j.jdbc.internal.change.CommittedChanges;
import org.occ4j.jdbc.internal.engine.Dialects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The change feed over a table: rows appended by writers, read by each node's poller. */
final class ChangeLogTable implements JdbcChangeLog, CommittedChanges, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ChangeLogTable.class);

  /*
   * Each node reads the table from where it began, by a cursor that loses no late commit (see
   * ChangeCursor). The poller's thread is the only one that moves the cursor, and moves it when a
   * reading has succeeded, so ordered followers hear rows in one order and a lost answer loses none.
   *
   * Each reading also says which life of the database it read and how far its log goes, so a
   * database that was exchanged or set back is noticed before anything of it is told.
   */

  /** How long rows are kept, by the database's clock, counted from when they were written. */
  private static final Duration RETENTION = Duration.ofMinutes(10);

  /**
   * How long a node may be away and still go on: less than rows are kept, because a row may have
   * been written well before its transaction committed.
   */
  private static final Duration MAX_ABSENCE = Duration.ofMinutes(5);

  /** A feed is late when so many polls in a row have failed, */
  private static final int POLLS_THAT_MAY_FAIL = 3;

  /** or one takes longer than this. */
  private static final Duration SLOW_POLL = Duration.ofSeconds(2);

  private final JdbcContext context;
  private final Dialects dialects;
  private final ChangeRows rows;
  private final Duration pollInterval;
  private final ChangePoller poller;
  private final ChangeFollowers followers;

  /** Null unless asked for. */
  private final @Nullable ChangeWakeUps wakeUps;

  /** The stores whose writes are recorded where their view says nothing of it. */
  private final Set<String> recorded = ConcurrentHashMap.newKeySet();

  /** Guards the start. */
  private final ReentrantLock starting = new ReentrantLock();

  /** Null until the first follower; from then on the poller's to move. */
  private volatile @Nullable ChangeCursor cursor;

  /** Which life of the database tokens name; null until it was asked for. */
  private volatile @Nullable UUID incarnation;

  private volatile long lastGoodPollNanos;

  private final LongAdder polls = new LongAdder();
  private final LongAdder failedPolls = new LongAdder();
  private final LongAdder readChanges = new LongAdder();
  private final LongAdder timesMissed = new LongAdder();

  ChangeLogTable(JdbcContext context, Dialects dialects, Duration pollInterval, boolean notifies) {
    this(context, dialects, pollInterval, notifies, FollowerQueue.DEFAULT_BACKLOG);
  }

  ChangeLogTable(
      JdbcContext context,
      Dialects dialects,
      Duration pollInterval,
      boolean notifies,
      int maxBacklog) {
    this.context = context;
    this.dialects = dialects;
    this.rows = new ChangeRows(context);
    this.pollInterval = pollInterval;
    this.poller = new ChangePoller(this::pollOnce, pollInterval);
    this.followers = new ChangeFollowers(maxBacklog);
    this.wakeUps = notifies ? new ChangeWakeUps(context, poller::wake) : null;
  }

  // Writing.

  @Override
  public ChangeToken publish(ChangeDraft draft) {
    Objects.requireNonNull(draft, "draft");
    Change change = context.transactions().statement(connection -> insert(connection, draft));
    committed(List.of(change));
    return change.token();
  }

  @Override
  public PendingChange append(Connection transaction, ChangeDraft draft) {
    Objects.requireNonNull(draft, "draft");
    Transactions.requireTransaction(transaction);
    Change change = Transactions.joined(transaction, connection -> insert(connection, draft));
    return () -> committed(List.of(change));
  }

  /**
   * Appends a change on a connection that is in a transaction of ours or of the caller's. The
   * change is to be given to {@link #committed} after the commit.
   */
  Change insert(Connection connection, ChangeDraft draft) throws SQLException {
    long number = rows.insert(connection, draft);
    return draft.at(new ChangeToken(incarnation(connection), number));
  }

  /**
   * Finds out which life of the database tokens name; it costs a round trip, once. Without tables,
   * which the user may have wanted unchecked, the first token asks again.
   */
  void learnIncarnation() {
    try {
      incarnation = now().incarnation();
    } catch (SchemaException withoutTables) {
      LOG.debug("the tables are not there yet", withoutTables);
    }
  }

  @Override
  public ChangeToken tokenOf(long number) {
    UUID known = incarnation;
    return new ChangeToken(known != null ? known : now().incarnation(), number);
  }

  @Override
  public boolean recordsEveryWriteOf(String store) {
    return recorded.contains(store);
  }

  void recordEveryWriteOf(String store) {
    recorded.add(store);
  }

  @Override
  public void committedRows(List<AppendedChange> appended) {
    if (!appended.isEmpty()) {
      announce();
    }
    UUID known = incarnation;
    if (cursor == null || known == null || appended.isEmpty()) {
      return; // nobody follows here
    }
    tellWritten(
        appended.stream()
            .map(row -> row.draft().at(new ChangeToken(known, row.number())))
            .toList());
  }

  /** Tells direct followers of this node what was committed here, and has the others told soon. */
  void committed(List<Change> changes) {
    announce();
    tellWritten(changes);
  }

  private void announce() {
    if (wakeUps != null) {
      wakeUps.announce();
    }
  }

  private void tellWritten(List<Change> changes) {
    if (cursor != null) {
      followers.tellWritten(changes);
      poller.wake();
    }
  }

  private UUID incarnation(Connection connection) throws SQLException {
    UUID known = incarnation;
    if (known == null) {
      known = rows.head(connection, "NULL").incarnation();
      incarnation = known;
    }
    return known;
  }

  // Following.

  @Override
  public Subscription follow(ChangeFollower follower) {
    start();
    return followers.follow(follower);
  }

  @Override
  public Subscription followDirectly(ChangeFollower follower) {
    start();
    return followers.followDirectly(follower);
  }

  @Override
  public ChangeToken now() {
    Head head = context.transactions().reading(connection -> rows.head(connection, "NULL"));
    return new ChangeToken(head.incarnation(), head.greatest());
  }

  @Override
  public boolean awaitApplied(ChangeToken token, Duration timeout) throws InterruptedException {
    // Whatever the token covers was committed before this call, so a poll that begins now reads it,
    // and when it ends everything that it read has been told, by itself or by the writer.
    requireNotTelling();
    return token.incarnation().equals(start().incarnation())
        && poller.awaitPoll(timeout, () -> start().greatest() >= token.position());
  }

  @Override
  public void poll() {
    requireNotTelling();
    start();
    poller.pollNow();
  }

  /** The poller waits for the end of a telling, so nobody waits for the poller inside one. */
  private void requireNotTelling() {
    if (followers.isTelling(Thread.currentThread())) {
      throw new IllegalStateException("a follower must not wait for the feed that calls it");
    }
  }

  @Override
  public FeedStats stats() {
    boolean following = cursor != null;
    long lag = following ? Math.max(0, context.ticker().nanos() - lastGoodPollNanos) : 0;
    return new FeedStats(
        following,
        Duration.ofNanos(lag),
        polls.sum(),
        failedPolls.sum(),
        readChanges.sum(),
        timesMissed.sum());
  }

  /** Whether the database answers; the question is where the log ends. */
  DatabaseHealth.Part reach() {
    try {
      now();
      return new DatabaseHealth.Part("database", DatabaseHealth.State.UP, null);
    } catch (OccException unavailable) {
      LOG.debug("the database does not answer", unavailable);
      return new DatabaseHealth.Part(
          "database", DatabaseHealth.State.DOWN, "the database does not answer");
    }
  }

  /** Whether followers here are told in time. */
  DatabaseHealth.Part health() {
    Duration lag = stats().lag();
    Duration late = pollInterval.multipliedBy(POLLS_THAT_MAY_FAIL).plus(SLOW_POLL);
    if (lag.compareTo(MAX_ABSENCE) > 0) {
      return new DatabaseHealth.Part(
          "changes", DatabaseHealth.State.DOWN, "not read for longer than changes are kept for");
    }
    return lag.compareTo(late) > 0
        ? new DatabaseHealth.Part(
            "changes", DatabaseHealth.State.DEGRADED, "not read for " + lag.toSeconds() + " s")
        : new DatabaseHealth.Part("changes", DatabaseHealth.State.UP, null);
  }

  @Override
  public Duration pollInterval() {
    return pollInterval;
  }

  @Override
  public int purge(int maxRows) {
    if (maxRows < 1) {
      throw new IllegalArgumentException("maxRows must be at least 1: " + maxRows);
    }
    return purge(RETENTION, maxRows);
  }

  /** Removes at most so many changes that are older. */
  int purge(Duration retention, int maxRows) {
    return context
        .transactions()
        .transaction(connection -> rows.purge(connection, retention, maxRows));
  }

  @Override
  public void close() {
    if (wakeUps != null) {
      wakeUps.close();
    }
    poller.close();
  }

  // Reading.

  /** Takes the cursor and starts the poller, the first time; gives the cursor of now. */
  private ChangeCursor start() {
    ChangeCursor known = cursor;
    return known != null ? known : startAt(context.ticker().nanos());
  }

  private ChangeCursor startAt(long asOf) {
    ChangeCursor fresh = end(asOf);
    starting.lock();
    try {
      if (cursor == null) {
        goTo(fresh);
        lastGoodPollNanos = asOf;
        poller.start();
        if (wakeUps != null) {
          wakeUps.start();
        }
      }
      return Objects.requireNonNull(cursor);
    } finally {
      starting.unlock();
    }
  }

  private ChangeCursor end(long asOf) {
    return context
        .transactions()
        .reading(connection -> dialects.cursorAtEnd(rows, connection, asOf));
  }

  private void goTo(ChangeCursor place) {
    incarnation = place.incarnation();
    cursor = place;
  }

  private void pollOnce() {
    boolean read = false;
    try {
      pollAsOf(context.ticker().nanos());
      read = true;
    } finally {
      (read ? polls : failedPolls).increment();
    }
  }

  private void pollAsOf(long asOf) {
    readAll(asOf);
    followers.caughtUp(asOf);
    lastGoodPollNanos = asOf;
  }

  private void readAll(long asOf) {
    Batch batch;
    do {
      ChangeCursor from = start();
      batch = context.transactions().reading(connection -> from.read(connection, asOf));
      String lost = whyLost(from, batch, asOf);
      if (lost != null) {
        beginAnew(lost, asOf);
        return;
      }
      goTo(batch.behind());
      tell(batch);
    } while (!batch.last());
  }

  private @Nullable String whyLost(ChangeCursor from, Batch batch, long asOf) {
    if (!batch.head().incarnation().equals(from.incarnation())) {
      return "the database was exchanged";
    }
    // No purge takes the row of a cursor that has read within the retention.
    if (!Objects.equals(batch.head().writtenAt(), from.writtenAt())) {
      return "the database was restored to an earlier state";
    }
    if (batch.behind().overflowed()) {
      return "too many changes were open at once";
    }
    return asOf - lastGoodPollNanos > MAX_ABSENCE.toNanos()
        ? "this node was away for longer than changes are kept"
        : null;
  }

  private void beginAnew(String lost, long asOf) {
    LOG.warn("changes may have been missed: {}", lost);
    timesMissed.increment();
    // First the place, then the word: whatever was committed before the place is void with the
    // rest.
    goTo(end(asOf));
    followers.missed(lost);
  }

  private void tell(Batch batch) {
    String here = context.node().toString();
    List<Change> changes = new ArrayList<>();
    Set<Long> own = new HashSet<>();
    for (Row row : batch.rows()) {
      changes.add(row.draft().at(new ChangeToken(batch.head().incarnation(), row.number())));
      if (row.node().equals(here)) {
        own.add(row.number());
      }
    }
    readChanges.add(changes.size());
    followers.tellRead(changes, own);
  }
}
