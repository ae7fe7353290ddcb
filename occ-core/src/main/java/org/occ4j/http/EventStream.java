/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.http;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.occ4j.change.Change;
import org.occ4j.change.ChangeFeed;
import org.occ4j.change.ChangeFollower;
import org.occ4j.change.ChangeToken;
import org.occ4j.change.Subscription;

/**
 * The committed changes as {@code text/event-stream}, for any number of readers.
 *
 * <pre>{@code
 * EventStream stream = EventStream.builder(database.changes(), json::write).build();  // one per process
 * EventReader reader = stream.open(request.header("Last-Event-ID"));                  // one per request
 * for (String frames; (frames = reader.next(Duration.ofSeconds(15))) != null; ) {
 *   response.write(frames);                                                           // and flush
 * }
 * }</pre>
 *
 * <p>It promises that a reader who comes back with the {@code Last-Event-ID} it has seen is told
 * every change since, on whichever node it comes back to, or is told {@code missed}: to read all
 * anew. Who comes without one, or with one that is too old, broken, or of another life of the
 * database, is told {@code missed} at once. A change may be told twice, and those of different keys
 * in another order than on another node: what is told is where to look, and at which version.
 *
 * <p>The events:
 *
 * <ul>
 *   <li>{@code change}, with the {@link ChangeToken} as its {@code id}, and as its data an object
 *       with {@code source}, {@code kind} ({@code put} or {@code delete}), {@code key}, {@code
 *       version} and {@code updatedBy}. Invalidations are not told.
 *   <li>{@code missed}: the reader cannot know what it missed.
 *   <li>what the application {@link #publish publishes}.
 * </ul>
 *
 * <p>Nothing is kept for a reader but its place. The changes are kept once for all, up to a bound;
 * who falls behind them is told {@code missed}. So a reader that is slow, or dead, costs nothing
 * here; that it holds no thread for good is up to who writes to it, with a limit on the time of a
 * write and of the whole answer, since coming back loses nothing.
 *
 * <p>It does not say who may hear of what: see {@link #open(String, Predicate)}. Thread-safe; the
 * application's functions are called under no lock. Close it before the feed.
 */
public final class EventStream implements AutoCloseable {

  /** The media type of the answer; it should not be cached or compressed. */
  public static final String CONTENT_TYPE = "text/event-stream";

  private static final Pattern NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_.-]*");
  private static final String CHANGE = "change";
  private static final String MISSED = "missed";

  /** Changes written at once, so that no reader needs more memory than for these. */
  private static final int MOST_AT_ONCE = 100;

  private static final long LONGEST_NANOS = TimeUnit.DAYS.toNanos(365);

  /**
   * A change that was told.
   *
   * @param burst the number of the first one that was told together with it, see {@link #resumed}
   */
  private record Told(long number, long burst, Change change, String frame) {}

  /** The newest value of a published event. */
  private record Published(long number, String frame) {}

  private final Function<? super Map<String, @Nullable Object>, String> json;
  private final int mostKept;
  private final String retry;
  private final Subscription subscription;

  /** Guards the fields below; nothing else is locked or called under it. */
  private final ReentrantLock lock = new ReentrantLock();

  private final Condition news = lock.newCondition();
  private final NavigableMap<Long, Told> kept = new TreeMap<>();
  private final Map<String, Published> published = new HashMap<>();
  private long last;
  private long burst = 1;
  // What is told up to here is not kept any more.
  private long floor;
  private boolean closed;

  EventStream(
      ChangeFeed feed,
      Function<? super Map<String, @Nullable Object>, String> json,
      int mostKept,
      long retryMillis) {
    this.json = json;
    this.mostKept = mostKept;
    this.retry = "retry: " + retryMillis + "\n\n";
    this.subscription = feed.follow(new Follower());
  }

  /**
   * The settings of a stream.
   *
   * @param feed whose changes are told
   * @param json writes an object; called by a thread of the feed. If it throws, readers are told
   *     {@code missed}
   */
  public static EventStreamBuilder builder(
      ChangeFeed feed, Function<? super Map<String, @Nullable Object>, String> json) {
    return new EventStreamBuilder(
        Objects.requireNonNull(feed, "feed"), Objects.requireNonNull(json, "json"));
  }

  /** A reader of all changes; see {@link #open(String, Predicate)}. */
  public EventReader open(@Nullable String lastEventId) {
    return open(lastEventId, change -> true);
  }

  /**
   * A reader of those changes that it may see.
   *
   * @param lastEventId the header of that name, or null if the request has none
   * @param visible asked once for each change, by the thread that calls {@link EventReader#next}
   */
  public EventReader open(@Nullable String lastEventId, Predicate<? super Change> visible) {
    Objects.requireNonNull(visible, "visible");
    ChangeToken token = tokenOf(lastEventId);
    lock.lock();
    try {
      return new EventReader(this, token == null ? -1 : resumed(token), visible);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Tells every reader a value that is no change, such as who is here: now, and those who come
   * later when they come. Only the newest value of each name is kept and told, so a slow reader is
   * told fewer.
   *
   * @param event a letter, then letters, digits, {@code _.-}; not {@code change} or {@code missed}
   * @param data the value; not empty, since browsers drop events without data
   * @throws IllegalArgumentException if one of them is not so
   */
  public void publish(String event, String data) {
    if (!NAME.matcher(event).matches() || event.equals(CHANGE) || event.equals(MISSED)) {
      throw new IllegalArgumentException("not a name for an event of the application: " + event);
    }
    if (data.isEmpty()) {
      throw new IllegalArgumentException("an event needs data: " + event);
    }
    String frame = frame(null, event, data);
    tell(() -> published.put(event, new Published(++last, frame)));
  }

  /** Ends the stream for all readers: their {@link EventReader#next} returns null. Idempotent. */
  @Override
  public void close() {
    subscription.close();
    tell(() -> closed = true);
  }

  // Resuming.

  private static @Nullable ChangeToken tokenOf(@Nullable String lastEventId) {
    try {
      return lastEventId == null ? null : ChangeToken.parse(lastEventId.strip());
    } catch (IllegalArgumentException broken) {
      return null;
    }
  }

  /**
   * The place behind which everything is to be told to a reader that has seen this change, or -1.
   *
   * <p>The reader may have seen it on another node, which may have been told other changes only
   * after it: those that were not committed yet when that node read it. A node that is told such a
   * change before this one reads both in one go, since whoever sees the one sees the other. So what
   * was told together with it is told again.
   */
  private long resumed(ChangeToken token) {
    for (Told told : kept.descendingMap().values()) {
      if (told.change().token().equals(token)) {
        return told.burst() - 1;
      }
    }
    return -1;
  }

  // Reading.

  /** What is new to a reader, as it was when it was asked for. */
  private record News(List<Told> changes, List<String> values, @Nullable String missed) {}

  /**
   * Waits for what is new to this reader and moves its place behind it.
   *
   * @return null when the stream or the reader is closed; the news are empty when the time is over
   */
  private @Nullable News await(EventReader reader, long nanos) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      long left = nanos;
      while (reader.place >= last) {
        if (closed || reader.isClosed()) {
          return null;
        }
        if (left <= 0) {
          return new News(List.of(), List.of(), null);
        }
        left = news.awaitNanos(left);
      }
      return closed || reader.isClosed() ? null : take(reader);
    } finally {
      lock.unlock();
    }
  }

  private News take(EventReader reader) {
    List<String> values =
        published.values().stream()
            .filter(value -> value.number() > reader.published)
            .map(Published::frame)
            .toList();
    reader.published = last;
    if (reader.place < floor) {
      reader.place = last;
      return new News(List.of(), values, missed());
    }
    Collection<Told> after = kept.tailMap(reader.place, false).values();
    List<Told> changes = after.stream().limit(MOST_AT_ONCE).toList();
    boolean all = changes.size() == after.size();
    reader.place = all ? last : changes.get(changes.size() - 1).number();
    return new News(changes, values, null);
  }

  /** From here on it can resume; where nothing was told yet it must not resume at an old place. */
  private String missed() {
    String id = kept.isEmpty() ? "" : kept.lastEntry().getValue().change().token().toString();
    return frame(id, MISSED, "{}");
  }

  @Nullable String next(EventReader reader, long nanos) throws InterruptedException {
    long end = System.nanoTime() + Math.min(nanos, LONGEST_NANOS);
    StringBuilder frames = new StringBuilder(reader.begin(retry));
    while (frames.isEmpty()) {
      long left = end - System.nanoTime();
      News found = await(reader, left);
      if (found == null) {
        return null;
      }
      write(found, reader, frames);
      if (frames.isEmpty() && left <= 0) {
        return ":\n\n";
      }
    }
    return frames.toString();
  }

  private static void write(News news, EventReader reader, StringBuilder frames) {
    if (news.missed() != null) {
      frames.append(news.missed());
    }
    for (Told told : news.changes()) {
      if (reader.sees(told.change())) {
        frames.append(told.frame());
      }
    }
    news.values().forEach(frames::append);
  }

  void wake() {
    tell(() -> {});
  }

  // Following.

  private final class Follower implements ChangeFollower {
    @Override
    public void changed(Change change) {
      if (change.kind() != Change.Kind.PUT && change.kind() != Change.Kind.DELETE) {
        return;
      }
      try {
        String data = json.apply(membersOf(change));
        String frame = frame(change.token().toString(), CHANGE, data);
        tell(() -> keep(change, frame));
      } catch (RuntimeException notWritten) {
        missed("a change could not be written");
        throw notWritten;
      }
    }

    @Override
    public void missed(String reason) {
      tell(EventStream.this::forgetAll);
    }

    @Override
    public void caughtUp(long asOfNanos) {
      lock.lock();
      try {
        burst = last + 1;
      } finally {
        lock.unlock();
      }
    }
  }

  private static Map<String, @Nullable Object> membersOf(Change change) {
    Map<String, @Nullable Object> members = new LinkedHashMap<>();
    members.put("source", change.source());
    members.put("kind", change.kind() == Change.Kind.PUT ? "put" : "delete");
    members.put("key", change.key());
    members.put("version", change.version());
    members.put("updatedBy", change.updatedBy());
    return members;
  }

  private void keep(Change change, String frame) {
    last++;
    kept.put(last, new Told(last, burst, change, frame));
    if (kept.size() > mostKept) {
      floor = kept.pollFirstEntry().getKey();
    }
  }

  private void forgetAll() {
    kept.clear();
    floor = ++last;
  }

  private void tell(Runnable change) {
    lock.lock();
    try {
      change.run();
      news.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** As the standard has it: each line of the data by itself, and a blank line at the end. */
  private static String frame(@Nullable String id, String event, String data) {
    List<String> lines = new ArrayList<>();
    if (id != null) {
      lines.add("id: " + id);
    }
    lines.add("event: " + event);
    for (String line : data.split("\r\n|\r|\n", -1)) {
      lines.add("data: " + line);
    }
    return String.join("\n", lines) + "\n\n";
  }
}
