/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.http;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.occ4j.Ticker;

/**
 * Who is at what just now, told to all readers of an {@link EventStream}, so that people see each
 * other before they collide.
 *
 * <p>A page says {@link #here} every few seconds while its form is open; who is not heard of for a
 * while is gone by itself. It is a courtesy and protects nothing. It is kept in memory: readers at
 * another node do not see it. All readers are told all of it, and whoever may call {@link #here}
 * can say any name, so take the name from the login.
 *
 * <p>What is told is an event {@code presence} whose data is an object: for each key the names, in
 * the order in which they came. Thread-safe; it has no thread of its own.
 */
public final class Presence {
  /** The name of the event. */
  public static final String EVENT = "presence";

  /** More are not taken in, so that no stranger can fill the memory. */
  private static final int MOST = 1_000;

  private static final Duration DEFAULT_LASTS = Duration.ofSeconds(15);
  private static final Duration BETWEEN_SWEEPS = Duration.ofSeconds(2);

  private record Place(String key, String who) {}

  private final EventStream stream;
  private final Function<? super Map<String, List<String>>, String> json;
  private final long lastsNanos;
  private final Ticker ticker;
  private final Executor later;

  /**
   * Guards the fields below. Held while the stream is told, never while the application's code
   * runs.
   */
  private final ReentrantLock lock = new ReentrantLock();

  /** Until when each counts as there. */
  private final Map<Place, Long> until = new HashMap<>();

  private final Set<Place> inOrder = new LinkedHashSet<>();
  private long changes;
  private boolean sweeping;

  /**
   * Nobody is there yet; who comes lasts 15 seconds.
   *
   * @param json writes an object of arrays
   */
  public Presence(EventStream stream, Function<? super Map<String, List<String>>, String> json) {
    this(
        stream,
        json,
        DEFAULT_LASTS,
        Ticker.system(),
        CompletableFuture.delayedExecutor(BETWEEN_SWEEPS.toMillis(), TimeUnit.MILLISECONDS));
  }

  /** The same, where {@code later} runs a task after a while. */
  Presence(
      EventStream stream,
      Function<? super Map<String, List<String>>, String> json,
      Duration lasts,
      Ticker ticker,
      Executor later) {
    this.stream = Objects.requireNonNull(stream, "stream");
    this.json = Objects.requireNonNull(json, "json");
    this.lastsNanos = lasts.toNanos();
    this.ticker = ticker;
    this.later = later;
  }

  /**
   * Somebody is at this key, from now on for a while. Of more than 1 000 the last are not taken.
   */
  public void here(String key, String who) {
    Place place = new Place(Objects.requireNonNull(key, "key"), Objects.requireNonNull(who, "who"));
    tellIf(() -> enter(place));
    sweepLater();
  }

  /**
   * Somebody has left this key. Where the same person is there twice, the next {@link #here} tells.
   */
  public void gone(String key, String who) {
    tellIf(() -> leave(new Place(key, who)));
  }

  private boolean enter(Place place) {
    boolean known = inOrder.contains(place);
    if (!known && inOrder.size() >= MOST) {
      return false;
    }
    until.put(place, ticker.nanos() + lastsNanos);
    return inOrder.add(place);
  }

  private boolean leave(Place place) {
    until.remove(place);
    return inOrder.remove(place);
  }

  /** One task waits while somebody is there, however many say so. */
  private void sweepLater() {
    lock.lock();
    try {
      if (sweeping || inOrder.isEmpty()) {
        return;
      }
      sweeping = true;
    } finally {
      lock.unlock();
    }
    later.execute(this::sweep);
  }

  private void sweep() {
    try {
      tellIf(this::expire);
    } finally {
      sweepLater();
    }
  }

  private boolean expire() {
    sweeping = false;
    long now = ticker.nanos();
    until.values().removeIf(end -> now - end >= 0);
    return inOrder.retainAll(until.keySet());
  }

  /**
   * Who changes it last tells it; who was overtaken need not.
   *
   * @param change whether it changed what is to be told
   */
  private void tellIf(BooleanSupplier change) {
    long seen;
    Map<String, List<String>> places;
    lock.lock();
    try {
      if (!change.getAsBoolean()) {
        return;
      }
      seen = ++changes;
      places = byKey();
    } finally {
      lock.unlock();
    }
    String data = json.apply(places);
    lock.lock();
    try {
      if (seen == changes) {
        stream.publish(EVENT, data);
      }
    } finally {
      lock.unlock();
    }
  }

  private Map<String, List<String>> byKey() {
    Map<String, List<String>> places = new TreeMap<>();
    for (Place place : inOrder) {
      places.computeIfAbsent(place.key(), key -> new ArrayList<>()).add(place.who());
    }
    return places;
  }
}
