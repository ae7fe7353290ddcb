/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.occ4j.Tag;
import org.occ4j.change.Change;
import org.occ4j.change.ChangeFollower;
import org.occ4j.change.ChangeToken;
import org.occ4j.change.Subscription;
import org.occ4j.change.internal.ChangeDraft;
import org.occ4j.change.internal.DirectFollower;
import org.occ4j.change.internal.FeedThreads;
import org.occ4j.change.internal.FollowerQueue;
import org.occ4j.jdbc.ChangeRows.Head;
import org.occ4j.jdbc.ChangeRows.Row;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The change feed over a table: rows appended by writers, read by each node's poller. */
final class ChangeLogTable implements JdbcChangeLog, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ChangeLogTable.class);

  /*
   * Each node reads the table from where it began, by a cursor that loses no late commit (see
   * ChangeCursor). The poller is the only thread that moves the cursor, so ordered followers hear
   * rows in one order.
   *
   * Direct followers hear a change of this node when its writer says that it was committed, and not
   * a second time when the poller meets the row (I1) -- unless the poller met it first, in which
   * case the writer tells it again, because it may not return before they know (I2).
   */

  private static final int BATCH = 1_000;
  private static final int IDS_PER_STATEMENT = 500;

  /** Numbers looked at below the end of the log at the start, for transactions open just then. */
  private static final int LOOK_BACK = 1_000;

  private static final int MAX_GAPS = 10_000;

  /** A transaction that appends changes must not last longer. */
  private static final Duration GAP_WINDOW = Duration.ofMinutes(2);

  private static final Duration RETENTION = Duration.ofMinutes(10);
  private static final int PURGE_BATCH = 1_000;

  /** Housekeeping is done once in so many polls: the check for a restored database, the purge. */
  private static final int POLLS_PER_HOUSEKEEPING = 50;

  private final JdbcContext context;
  private final ChangeRows rows;
  private final Duration pollInterval;
  private final ChangePoller poller;
  private final int maxBacklog;

  /** Guards followers, cursor and {@code toldHere}; no statement and no follower runs under it. */
  private final ReentrantLock lock = new ReentrantLock();

  private List<FollowerQueue> ordered = List.of();
  private List<DirectFollower> direct = List.of();
  private final Set<Long> toldHere = new HashSet<>();

  /** Changes that writers of this node are telling at this moment. */
  private final Set<Long> beingTold = new HashSet<>();

  private @Nullable ChangeCursor cursor;
  private volatile @Nullable Head start;

  private int pollsSinceHousekeeping;
  private long lastGoodPollNanos;

  ChangeLogTable(JdbcContext context, Duration pollInterval) {
    this(context, pollInterval, FollowerQueue.DEFAULT_BACKLOG);
  }

  ChangeLogTable(JdbcContext context, Duration pollInterval, int maxBacklog) {
    this.maxBacklog = maxBacklog;
    this.context = context;
    this.rows = new ChangeRows(context);
    this.pollInterval = pollInterval;
    this.poller = new ChangePoller(this::pollOnce, pollInterval);
  }

  // Writing.

  @Override
  public ChangeToken publish(
      String source,
      Change.Kind kind,
      @Nullable String key,
      long version,
      @Nullable String updatedBy,
      Set<Tag> tags) {
    ChangeDraft draft = new ChangeDraft(source, kind, key, version, updatedBy, tags);
    Change change = context.transactions().statement(connection -> append(connection, draft));
    committed(List.of(change));
    return change.token();
  }

  @Override
  public PendingChange append(
      Connection transaction,
      String source,
      Change.Kind kind,
      @Nullable String key,
      long version,
      @Nullable String updatedBy,
      Set<Tag> tags) {
    Transactions.requireTransaction(transaction);
    ChangeDraft draft = new ChangeDraft(source, kind, key, version, updatedBy, tags);
    Change change = Transactions.joined(transaction, connection -> append(connection, draft));
    return () -> committed(List.of(change));
  }

  /**
   * Appends a change on a connection that is in a transaction of ours or of the caller's. The
   * change is to be given to {@link #committed} after the commit.
   */
  Change append(Connection connection, ChangeDraft draft) throws SQLException {
    long number = rows.insert(connection, draft, context.node());
    return draft.at(new ChangeToken(incarnation(connection).incarnation(), number));
  }

  /** {@link #committed}, of rows that were appended as parts of other statements. */
  void committedRows(List<AppendedChange> rows) {
    Head known = start;
    if (known == null || rows.isEmpty()) {
      return; // nobody follows here
    }
    committed(
        rows.stream()
            .map(row -> row.draft().at(new ChangeToken(known.incarnation(), row.number())))
            .toList());
  }

  /** Tells direct followers of this node what was committed here, and has the others told soon. */
  void committed(List<Change> changes) {
    List<DirectFollower> followers;
    lock.lock();
    try {
      followers = direct;
      ChangeCursor present = cursor;
      if (present == null || (followers.isEmpty() && ordered.isEmpty())) {
        return;
      }
      for (Change change : changes) {
        beingTold.add(change.token().position());
        if (!present.hasSeen(change.token().position())) {
          toldHere.add(change.token().position()); // I1; a row that was seen is told again: I2
        }
      }
    } finally {
      lock.unlock();
    }
    followers.forEach(follower -> changes.forEach(follower::changed));
    lock.lock();
    try {
      changes.forEach(change -> beingTold.remove(change.token().position()));
    } finally {
      lock.unlock();
    }
    poller.wake();
  }

  // Following.

  @Override
  public Subscription follow(ChangeFollower follower) {
    start();
    FollowerQueue queue = new FollowerQueue(follower, FeedThreads.shared(), maxBacklog);
    lock.lock();
    try {
      ordered = with(ordered, queue);
    } finally {
      lock.unlock();
    }
    return () -> {
      queue.close();
      lock.lock();
      try {
        ordered = without(ordered, queue);
      } finally {
        lock.unlock();
      }
    };
  }

  @Override
  public Subscription followDirectly(ChangeFollower follower) {
    start();
    DirectFollower wall = new DirectFollower(follower);
    lock.lock();
    try {
      direct = with(direct, wall);
    } finally {
      lock.unlock();
    }
    return () -> {
      wall.close();
      lock.lock();
      try {
        direct = without(direct, wall);
      } finally {
        lock.unlock();
      }
    };
  }

  @Override
  public ChangeToken now() {
    Head head = context.transactions().reading(rows::head);
    return new ChangeToken(head.incarnation(), head.greatest());
  }

  @Override
  public boolean awaitApplied(ChangeToken token, Duration timeout) throws InterruptedException {
    Head head = start();
    // Whatever the token covers was committed before this call, so a poll that begins now sees it.
    return token.incarnation().equals(head.incarnation())
        && poller.awaitPoll(timeout, () -> isTold(token.position()));
  }

  /** Whether the cursor is there, and no writer is still telling a change up to there. */
  private boolean isTold(long position) {
    lock.lock();
    try {
      return Objects.requireNonNull(cursor).greatest() >= position
          && beingTold.stream().noneMatch(number -> number <= position);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void poll() {
    start();
    poller.pollNow();
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
    return context
        .transactions()
        .transaction(connection -> rows.purge(connection, RETENTION, maxRows));
  }

  @Override
  public void close() {
    poller.close();
  }

  // Reading.

  /** Takes the cursor and starts the poller, the first time. */
  private Head start() {
    Head known = start;
    return known != null ? known : context.transactions().reading(this::startOn);
  }

  private Head incarnation(Connection connection) throws SQLException {
    Head known = start;
    return known != null ? known : rows.head(connection);
  }

  private Head startOn(Connection connection) throws SQLException {
    long asOf = context.ticker().nanos();
    Head head = rows.head(connection);
    ChangeCursor fresh = cursorAt(connection, head, asOf);
    lock.lock();
    try {
      if (start == null) {
        cursor = fresh;
        start = head;
        lastGoodPollNanos = asOf;
        poller.start();
      }
      return Objects.requireNonNull(start);
    } finally {
      lock.unlock();
    }
  }

  private ChangeCursor cursorAt(Connection connection, Head head, long asOf) throws SQLException {
    List<Long> recent = rows.numbers(connection, head.greatest() - LOOK_BACK, head.greatest());
    return new ChangeCursor(head.greatest(), recent, GAP_WINDOW, MAX_GAPS, asOf);
  }

  /** What one poll found. */
  private record News(List<Row> found, @Nullable String missed) {}

  private void pollOnce() {
    long asOf = context.ticker().nanos();
    boolean housekeeping =
        ++pollsSinceHousekeeping >= POLLS_PER_HOUSEKEEPING
            || asOf - lastGoodPollNanos > RETENTION.toNanos() / 2;
    News news = context.transactions().reading(connection -> read(connection, asOf, housekeeping));
    tell(news, asOf);
    lastGoodPollNanos = asOf;
    if (housekeeping) {
      pollsSinceHousekeeping = 0;
      purge(PURGE_BATCH);
    }
  }

  private News read(Connection connection, long asOf, boolean housekeeping) throws SQLException {
    String restart = housekeeping ? reasonToRestart(rows.head(connection), asOf) : null;
    if (restart == null) {
      List<Row> found = readOn(connection, asOf);
      restart = withCursor(ChangeCursor::overflowed) ? "too many changes were open at once" : null;
      if (restart == null) {
        return new News(found, null);
      }
    }
    Head head = rows.head(connection);
    ChangeCursor fresh = cursorAt(connection, head, asOf);
    lock.lock();
    try {
      cursor = fresh;
      start = head;
      toldHere.clear();
    } finally {
      lock.unlock();
    }
    return new News(List.of(), restart);
  }

  private @Nullable String reasonToRestart(Head head, long asOf) {
    Head known = Objects.requireNonNull(start);
    if (!head.incarnation().equals(known.incarnation())) {
      return "the database was exchanged";
    }
    // The newest row is never purged, so the greatest number cannot go back by itself.
    if (head.greatest() < withCursor(ChangeCursor::greatest)) {
      return "the database was restored to an earlier state";
    }
    return asOf - lastGoodPollNanos > RETENTION.toNanos()
        ? "this node was away for longer than changes are kept"
        : null;
  }

  private List<Row> readOn(Connection connection, long asOf) throws SQLException {
    List<Row> found = new ArrayList<>();
    List<Row> batch;
    long last = withCursor(ChangeCursor::greatest);
    do {
      batch = rows.after(connection, last, BATCH);
      found.addAll(batch);
      last = batch.isEmpty() ? last : batch.get(batch.size() - 1).number();
    } while (batch.size() == BATCH);
    // Gaps after the new rows: if one of those was committed after a row that fills a gap, then
    // that row is visible now, and the two are told in the order of their numbers.
    found.addAll(readGaps(connection));
    found.sort(Comparator.comparingLong(Row::number));
    lock.lock();
    try {
      ChangeCursor present = Objects.requireNonNull(cursor);
      found.removeIf(row -> !present.see(row.number(), asOf));
      present.expireGaps(asOf);
    } finally {
      lock.unlock();
    }
    return found;
  }

  private List<Row> readGaps(Connection connection) throws SQLException {
    List<Long> gaps = withCursor(present -> new ArrayList<>(present.gaps()));
    List<Row> found = new ArrayList<>();
    for (int from = 0; from < gaps.size(); from += IDS_PER_STATEMENT) {
      int to = Math.min(gaps.size(), from + IDS_PER_STATEMENT);
      found.addAll(rows.among(connection, gaps.subList(from, to)));
    }
    return found;
  }

  private void tell(News news, long asOf) {
    List<Change> all = new ArrayList<>();
    List<Change> untold = new ArrayList<>();
    List<FollowerQueue> queues;
    List<DirectFollower> followers;
    UUID incarnation = Objects.requireNonNull(start).incarnation();
    lock.lock();
    try {
      queues = ordered;
      followers = direct;
      for (Row row : news.found()) {
        Change change = row.draft().at(new ChangeToken(incarnation, row.number()));
        all.add(change);
        if (!toldHere.remove(row.number())) {
          untold.add(change); // I1
        }
      }
    } finally {
      lock.unlock();
    }
    if (news.missed() != null) {
      LOG.warn("changes may have been missed: {}", news.missed());
      queues.forEach(queue -> queue.missed(news.missed()));
      followers.forEach(follower -> follower.missed(news.missed()));
    }
    queues.forEach(queue -> append(queue, all, asOf));
    followers.forEach(follower -> untold.forEach(follower::changed));
    followers.forEach(follower -> follower.caughtUp(asOf));
  }

  private static void append(FollowerQueue queue, List<Change> changes, long asOf) {
    changes.forEach(queue::changed);
    queue.caughtUp(asOf);
    queue.wake();
  }

  private <T> T withCursor(Function<ChangeCursor, T> question) {
    lock.lock();
    try {
      return question.apply(Objects.requireNonNull(cursor));
    } finally {
      lock.unlock();
    }
  }

  private static <T> List<T> with(List<T> list, T added) {
    List<T> more = new ArrayList<>(list);
    more.add(added);
    return List.copyOf(more);
  }

  private static <T> List<T> without(List<T> list, T removed) {
    return list.stream().filter(one -> one != removed).toList();
  }
}
