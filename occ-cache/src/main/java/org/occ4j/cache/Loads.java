/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.occ4j.Ticker;

/**
 * The loads under way: one flight for each key, led by one thread, waited for by others. The loader
 * runs with no lock held; what others need to know about it is its flight's landing.
 *
 * <p>A flight's life: boarded (in the map, may be joined) → left the map (may not) → landed. It
 * leaves the map in every case, and lands exactly once.
 */
final class Loads<K, V> {
  /**
   * What the present thread is loading, of whichever cache: loads of two may wait for each other.
   */
  private static final ThreadLocal<@Nullable LoadRun> current = new ThreadLocal<>();

  private final ConcurrentMap<K, Flight<K, V>> flights = new ConcurrentHashMap<>();
  private final String cacheName;
  private final Coherence coherence;
  private final Entries<K, V> entries;
  private final Counters counters;
  private final Sweeper<K, V> sweeper;
  private final Ticker ticker;
  private final Executor executor;
  private final long timeout;
  private final @Nullable Turns turns;

  Loads(
      CacheSettings<K, V> settings,
      Coherence coherence,
      Entries<K, V> entries,
      Counters counters,
      Sweeper<K, V> sweeper,
      Executor executor) {
    this.cacheName = settings.name();
    this.coherence = coherence;
    this.entries = entries;
    this.counters = counters;
    this.sweeper = sweeper;
    this.ticker = settings.ticker();
    this.executor = executor;
    this.timeout = settings.loadTimeout();
    this.turns =
        settings.maximumConcurrentLoads() > 0 ? new Turns(settings.maximumConcurrentLoads()) : null;
  }

  /** Whether the present thread is in the middle of a load, of whichever cache. */
  static boolean isWithinLoad() {
    return current.get() != null;
  }

  /** Registers a flight so that others may join it; null, or the flight that was there before. */
  @Nullable Flight<K, V> board(Flight<K, V> flight) {
    return flights.putIfAbsent(flight.key(), flight);
  }

  /** As {@link #board}, for a reader that would block: what has not begun may give way to it. */
  @Nullable Flight<K, V> boardAhead(Flight<K, V> flight) {
    Flight<K, V> other;
    while ((other = board(flight)) != null && givesWay(other)) {
      // Replaced at once, so that those who waited find this flight when they look again.
      boolean replaced = flights.replace(flight.key(), other, flight);
      abandon(other);
      if (replaced) {
        return null;
      }
    }
    return other;
  }

  /**
   * I7. Whether a flight that waits for a turn or a thread was given up, so that the present thread
   * can fly instead. A load must not wait for it, for the load may have the turn, or the thread,
   * that it waits for; any other reader need not wait for a thread where its own will do.
   */
  private boolean givesWay(Flight<K, V> other) {
    boolean needsNoThread = timeout == 0 && other.run().isBackground();
    return (isWithinLoad() || needsNoThread) && coherence.givesWay(other);
  }

  /** Gives a boarded flight up before it began; whoever joined it looks again. */
  void abandon(Flight<K, V> flight) {
    land(flight, new Landing.Abandoned<>());
  }

  /**
   * Leads flights of one run to their landing, on this thread, or on the executor where loads are
   * timed. They have landed when this returns.
   *
   * @throws CacheLoadException if this thread was interrupted; others may try again
   */
  void lead(LoadRun run, List<Flight<K, V>> flights, BulkTaggedLoader<K, V> loader) {
    if (timeout > 0 && !isWithinLoad()) {
      dispatch(run, flights, loader);
      flights.forEach(this::await);
    } else {
      flights.forEach(flight -> limitTime(flight, null));
      fly(run, flights, loader);
    }
  }

  /** Has flights of one run led by the executor. */
  void dispatch(LoadRun run, List<Flight<K, V>> flights, BulkTaggedLoader<K, V> loader) {
    FutureTask<@Nullable Void> task = new FutureTask<>(() -> fly(run, flights, loader), null);
    flights.forEach(flight -> limitTime(flight, task));
    try {
      executor.execute(task);
    } catch (RuntimeException | Error e) { // no room, or no memory for a thread
      fail(flights, e);
    }
  }

  private void limitTime(Flight<K, V> flight, @Nullable FutureTask<?> task) {
    if (timeout == 0) {
      return;
    }
    TimeoutException late =
        new TimeoutException("no answer within " + TimeUnit.NANOSECONDS.toMillis(timeout) + " ms");
    Landing<V> timedOut = new Landing.Failed<>(late);
    var unused =
        flight
            .landing()
            .completeOnTimeout(timedOut, timeout, TimeUnit.NANOSECONDS)
            .thenAccept(
                landing -> {
                  if (landing == timedOut) {
                    giveUp(flight, task);
                  }
                });
  }

  private void giveUp(Flight<K, V> flight, @Nullable FutureTask<?> task) {
    flights.remove(flight.key(), flight);
    failed(flight);
    if (task != null) {
      task.cancel(true);
    }
  }

  private void fly(LoadRun run, List<Flight<K, V>> flights, BulkTaggedLoader<K, V> loader) {
    LoadRun outer = current.get();
    Flight<?, ?> before = outer == null ? null : outer.waitFor(flights.get(0));
    // A load within a load goes on the outer one's turn; a turn of its own could never come.
    Turns.Turn turn = turns == null || outer != null ? null : turns.ask();
    run.beginWithin(outer);
    current.set(run);
    try {
      if (turn != null) {
        awaitTurn(turn, flights);
      }
      load(flights.stream().filter(Flight::begin).toList(), loader);
    } catch (InterruptedException e) {
      // The interrupt was meant for this thread; whoever joined tries anew on his own.
      Thread.currentThread().interrupt();
      flights.forEach(this::abandon);
      throw new CacheLoadException(
          "interrupted while loading " + flights.get(0).key() + " into " + cacheName, e);
    } finally {
      if (turns != null && turn != null) {
        turns.giveBack(turn);
      }
      restore(outer, before);
    }
  }

  /** Waits until the turn has come, or none of the flights needs it any more. */
  private static <K, V> void awaitTurn(Turns.Turn turn, List<Flight<K, V>> flights)
      throws InterruptedException {
    CompletableFuture<?>[] landings =
        flights.stream().map(Flight::landing).toArray(CompletableFuture<?>[]::new);
    get(CompletableFuture.anyOf(turn.arrival(), CompletableFuture.allOf(landings)));
  }

  private static void restore(@Nullable LoadRun outer, @Nullable Flight<?, ?> before) {
    if (outer == null) {
      current.remove();
    } else {
      current.set(outer);
      outer.waitsAgainFor(before);
    }
  }

  private void load(List<Flight<K, V>> flights, BulkTaggedLoader<K, V> loader)
      throws InterruptedException {
    if (flights.isEmpty()) {
      return; // all of them were given up or timed out while they waited
    }
    // I1: the clock is read before the loader runs, and no earlier than its turn has come.
    ReadPoint begin = readPoint();
    flights.forEach(flight -> entries.discardIfOutOfReach(flight.key(), flight.replaced()));
    BulkLoadRecord<K, V> record = new BulkLoadRecord<>(coherence, cacheName, begin, flights);
    LoadEvent event = LoadEvent.begun();
    boolean succeeded = false;
    try {
      Map<K, V> found =
          Objects.requireNonNull(loader.loadAll(record.keys(), record), "map from bulk loader");
      counters.loads.increment();
      succeeded = true;
      for (Flight<K, V> flight : flights) {
        arrive(flight, found.get(flight.key()), record.of(flight.key()));
      }
    } catch (InterruptedException e) {
      counters.loadFailures.increment();
      throw e;
    } catch (Throwable e) {
      counters.loadFailures.increment();
      fail(flights, e);
    } finally {
      counters.loadNanos.add(ticker.nanos() - begin.nanos());
      if (event != null) {
        record(event, flights, succeeded);
      }
      sweeper.request();
    }
  }

  private void record(LoadEvent event, List<Flight<K, V>> flights, boolean succeeded) {
    event.end();
    if (event.shouldCommit()) {
      event.cache = cacheName;
      event.key = String.valueOf(flights.get(0).key());
      event.keys = flights.size();
      event.succeeded = succeeded;
      event.commit();
    }
  }

  private void arrive(Flight<K, V> flight, @Nullable V value, LoadRecord<V> record) {
    if (flight.landing().isDone()) {
      return; // timed out: everybody was told so, and nothing must be kept
    }
    Entries.Admission admission = entries.keep(flight.key(), value, record);
    // I5: after this nobody can join any more, and what is read next covers all who did.
    flights.remove(flight.key(), flight);
    long last =
        coherence.lastInvalidatedForWaiters(
            flight.key(), admission.nodes(), admission.lastInvalidated());
    long start = coherence.stamp(record.source(), cacheName);
    flight.landing().complete(new Landing.Loaded<>(value, start, last));
  }

  private void fail(List<Flight<K, V>> flights, Throwable cause) {
    for (Flight<K, V> flight : flights) {
      if (!flight.landing().isDone()) {
        failed(flight);
        land(flight, new Landing.Failed<>(cause));
      }
    }
  }

  private void failed(Flight<K, V> flight) {
    entries.loadFailed(flight.replaced());
  }

  private void land(Flight<K, V> flight, Landing<V> landing) {
    flights.remove(flight.key(), flight);
    flight.landing().complete(landing);
  }

  /**
   * Waits for a flight to land.
   *
   * @throws CacheLoadException if interrupted, or if the flight waits for a load of this thread
   */
  Landing<V> await(Flight<K, V> flight) {
    LoadRun waiting = current.get();
    Flight<?, ?> before = waiting == null ? null : waiting.waitFor(flight);
    try {
      return get(flight.landing());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CacheLoadException(
          "interrupted while waiting for the load of " + flight.key() + " into " + cacheName, e);
    } finally {
      if (waiting != null) {
        waiting.waitsAgainFor(before);
      }
    }
  }

  private static <T> T get(CompletableFuture<T> future) throws InterruptedException {
    try {
      return future.get();
    } catch (ExecutionException e) {
      throw new AssertionError("turns come and flights land with a value of their own", e);
    }
  }

  /** This moment, for the age and the coherence of what is read from now on. */
  ReadPoint readPoint() {
    long nanos = ticker.nanos();
    return new ReadPoint(coherence, coherence.now(), nanos);
  }
}
