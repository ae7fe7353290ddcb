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
 * The loads in flight: one for each key, led by one thread, waited for by others. The loader runs
 * with no lock held; waiters learn the outcome of the load from its future.
 *
 * <p>States of a load: registered (in the map, may be joined) → left the map (may not) → ended. It
 * leaves the map in every case, and ends exactly once.
 */
final class LoadCoordinator<K, V> {
  /**
   * What the present thread is loading, of whichever cache: loads of two may wait for each other.
   */
  private static final ThreadLocal<@Nullable LoadRun> current = new ThreadLocal<>();

  private final ConcurrentMap<K, InFlightLoad<K, V>> inFlight = new ConcurrentHashMap<>();
  private final String cacheName;
  private final Coherence coherence;
  private final UntaggedWarning untagged;
  private final EntryTable<K, V> entries;
  private final Counters counters;
  private final Sweeper<K, V> sweeper;
  private final Ticker ticker;
  private final Executor executor;
  private final long timeout;
  private final @Nullable LoadPermits permits;

  LoadCoordinator(
      CacheSettings<K, V> settings,
      Coherence coherence,
      EntryTable<K, V> entries,
      Counters counters,
      Sweeper<K, V> sweeper,
      Executor executor) {
    this.cacheName = settings.name;
    this.coherence = coherence;
    this.entries = entries;
    this.untagged = new UntaggedWarning(settings.name, settings.allowsUntagged);
    this.counters = counters;
    this.sweeper = sweeper;
    this.ticker = settings.ticker;
    this.executor = executor;
    this.timeout = settings.loadTimeout;
    this.permits =
        settings.maximumConcurrentLoads > 0
            ? new LoadPermits(settings.maximumConcurrentLoads)
            : null;
  }

  /** Whether the present thread is in the middle of a load, of whichever cache. */
  static boolean isWithinLoad() {
    return current.get() != null;
  }

  /** Registers a load so that others may join it; null, or the load that was there before. */
  @Nullable InFlightLoad<K, V> register(InFlightLoad<K, V> load) {
    return inFlight.putIfAbsent(load.key(), load);
  }

  /** As {@link #register}, for a reader that would block: what has not begun may give way to it. */
  @Nullable InFlightLoad<K, V> registerAhead(InFlightLoad<K, V> load) {
    InFlightLoad<K, V> other;
    while ((other = register(load)) != null && givesWay(other)) {
      // Replaced at once, so that those who waited find this load when they look again.
      boolean replaced = inFlight.replace(load.key(), other, load);
      abandon(other);
      if (replaced) {
        return null;
      }
    }
    return other;
  }

  /**
   * COHERENCE-7. Whether a load that waits for a permit or a thread was given up, so that the
   * present thread can run the loader instead. A load must not wait for it, for the load may have
   * the permit, or the thread, that it waits for; any other reader need not wait for a thread where
   * its own will do.
   */
  private boolean givesWay(InFlightLoad<K, V> other) {
    boolean needsNoThread = timeout == 0 && other.run().isBackground();
    return (isWithinLoad() || needsNoThread) && coherence.givesWay(other);
  }

  /** Gives a registered load up before it began; readers that joined it look again. */
  void abandon(InFlightLoad<K, V> load) {
    end(load, new LoadOutcome.Abandoned<>());
  }

  /**
   * Leads loads of one run to their outcome, on this thread, or on the executor where loads are
   * timed. They have ended when this returns.
   *
   * @throws CacheLoadException if this thread was interrupted; others may try again
   */
  void lead(LoadRun run, List<InFlightLoad<K, V>> loads, BulkTaggedLoader<K, V> loader) {
    if (timeout > 0 && !isWithinLoad()) {
      dispatch(run, loads, loader);
      loads.forEach(this::await);
    } else {
      loads.forEach(load -> limitTime(load, null));
      runLoader(run, loads, loader);
    }
  }

  /** Has loads of one run led by the executor. */
  void dispatch(LoadRun run, List<InFlightLoad<K, V>> loads, BulkTaggedLoader<K, V> loader) {
    FutureTask<@Nullable Void> task = new FutureTask<>(() -> runLoader(run, loads, loader), null);
    loads.forEach(load -> limitTime(load, task));
    try {
      executor.execute(task);
    } catch (RuntimeException | Error e) { // no room, or no memory for a thread
      fail(loads, e);
    }
  }

  private void limitTime(InFlightLoad<K, V> load, @Nullable FutureTask<?> task) {
    if (timeout == 0) {
      return;
    }
    TimeoutException late =
        new TimeoutException("no answer within " + TimeUnit.NANOSECONDS.toMillis(timeout) + " ms");
    LoadOutcome<V> timedOut = new LoadOutcome.Failed<>(late);
    var unused =
        load.outcome()
            .completeOnTimeout(timedOut, timeout, TimeUnit.NANOSECONDS)
            .thenAccept(
                outcome -> {
                  if (outcome == timedOut) {
                    giveUp(load, task);
                  }
                });
  }

  private void giveUp(InFlightLoad<K, V> load, @Nullable FutureTask<?> task) {
    inFlight.remove(load.key(), load);
    failed(load);
    if (task != null) {
      task.cancel(true);
    }
  }

  private void runLoader(
      LoadRun run, List<InFlightLoad<K, V>> loads, BulkTaggedLoader<K, V> loader) {
    LoadRun outer = current.get();
    InFlightLoad<?, ?> before = outer == null ? null : outer.waitFor(loads.get(0));
    // A load within a load runs on the outer one's permit; a permit of its own could never come.
    LoadPermits.Permit permit = permits == null || outer != null ? null : permits.request();
    run.beginWithin(outer);
    current.set(run);
    try {
      if (permit != null) {
        awaitPermit(permit, loads);
      }
      load(loads.stream().filter(InFlightLoad::begin).toList(), loader);
    } catch (InterruptedException e) {
      // The interrupt was meant for this thread; whoever joined tries anew on his own.
      Thread.currentThread().interrupt();
      loads.forEach(this::abandon);
      throw new CacheLoadException(
          "interrupted while loading " + loads.get(0).key() + " into " + cacheName, e);
    } finally {
      if (permits != null && permit != null) {
        permits.giveBack(permit);
      }
      restore(outer, before);
    }
  }

  /** Waits until the permit is granted, or none of the loads needs it any more. */
  private static <K, V> void awaitPermit(LoadPermits.Permit permit, List<InFlightLoad<K, V>> loads)
      throws InterruptedException {
    CompletableFuture<?>[] outcomes =
        loads.stream().map(InFlightLoad::outcome).toArray(CompletableFuture<?>[]::new);
    get(CompletableFuture.anyOf(permit.granted(), CompletableFuture.allOf(outcomes)));
  }

  private static void restore(@Nullable LoadRun outer, @Nullable InFlightLoad<?, ?> before) {
    if (outer == null) {
      current.remove();
    } else {
      current.set(outer);
      outer.waitsAgainFor(before);
    }
  }

  private void load(List<InFlightLoad<K, V>> loads, BulkTaggedLoader<K, V> loader)
      throws InterruptedException {
    if (loads.isEmpty()) {
      return; // all of them were given up or timed out while they waited
    }
    // COHERENCE-1: the clock is read before the loader runs, and not before its permit is granted.
    ReadPoint begin = readPoint();
    loads.forEach(load -> entries.discardIfOutOfReach(load.key(), load.replaced()));
    BulkLoadRecord<K, V> record = new BulkLoadRecord<>(coherence, cacheName, begin, loads);
    LoadEvent event = LoadEvent.begun();
    boolean succeeded = false;
    try {
      Map<K, V> found =
          Objects.requireNonNull(loader.loadAll(record.keys(), record), "map from bulk loader");
      counters.loads.increment();
      succeeded = true;
      for (InFlightLoad<K, V> load : loads) {
        finish(load, found.get(load.key()), record.of(load.key()));
      }
    } catch (InterruptedException e) {
      counters.loadFailures.increment();
      throw e;
    } catch (Throwable e) {
      counters.loadFailures.increment();
      fail(loads, e);
    } finally {
      counters.loadNanos.add(ticker.nanos() - begin.nanos());
      if (event != null) {
        record(event, loads, succeeded);
      }
      sweeper.request();
    }
  }

  private void record(LoadEvent event, List<InFlightLoad<K, V>> loads, boolean succeeded) {
    event.end();
    if (event.shouldCommit()) {
      event.cache = cacheName;
      event.key = String.valueOf(loads.get(0).key());
      event.keys = loads.size();
      event.succeeded = succeeded;
      event.commit();
    }
  }

  private void finish(InFlightLoad<K, V> load, @Nullable V value, LoadRecord<V> record) {
    if (load.outcome().isDone()) {
      return; // timed out: everybody was told so, and nothing must be kept
    }
    if (value != null && record.isUntagged()) {
      untagged.warn();
    }
    EntryTable.Admission admission = entries.keep(load.key(), value, record);
    // COHERENCE-5: after this nobody can join any more, and what is read next covers all who did.
    inFlight.remove(load.key(), load);
    long last =
        coherence.lastInvalidatedForWaiters(
            load.key(), admission.nodes(), admission.lastInvalidated());
    long start = coherence.stamp(record.source(), cacheName);
    load.outcome().complete(new LoadOutcome.Loaded<>(value, start, last));
  }

  private void fail(List<InFlightLoad<K, V>> loads, Throwable cause) {
    for (InFlightLoad<K, V> load : loads) {
      if (!load.outcome().isDone()) {
        failed(load);
        end(load, new LoadOutcome.Failed<>(cause));
      }
    }
  }

  private void failed(InFlightLoad<K, V> load) {
    entries.loadFailed(load.replaced());
  }

  private void end(InFlightLoad<K, V> load, LoadOutcome<V> outcome) {
    inFlight.remove(load.key(), load);
    load.outcome().complete(outcome);
  }

  /**
   * Waits for a load to end.
   *
   * @throws CacheLoadException if interrupted, or if the load waits for a load of this thread
   */
  LoadOutcome<V> await(InFlightLoad<K, V> load) {
    LoadRun waiting = current.get();
    InFlightLoad<?, ?> before = waiting == null ? null : waiting.waitFor(load);
    try {
      return get(load.outcome());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CacheLoadException(
          "interrupted while waiting for the load of " + load.key() + " into " + cacheName, e);
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
      throw new AssertionError("permits are granted and loads end with a value of their own", e);
    }
  }

  /** This moment, for the age and the coherence of what is read from now on. */
  ReadPoint readPoint() {
    long nanos = ticker.nanos();
    return new ReadPoint(coherence, coherence.now(), nanos);
  }
}
