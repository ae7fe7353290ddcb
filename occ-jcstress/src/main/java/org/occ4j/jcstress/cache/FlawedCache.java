/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jcstress.cache;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The protocol in small, for one key under one tag, with one flaw put in on purpose: what the races
 * have to catch.
 */
final class FlawedCache implements SmallCache {

  /** What is wrong. */
  enum Flaw {
    /** COHERENCE-1: a value counts as as old as its keeping. */
    STAMP_AFTER_LOAD,
    /** COHERENCE-2: the node leaves the directory alive. */
    REMOVE_THEN_KILL,
    /** COHERENCE-2: the node leaves the directory before its epoch begins. */
    REMOVE_THEN_MOVE_EPOCH,
    /** COHERENCE-3: the epoch begins while the node is alive. */
    EPOCH_BEFORE_KILL,
    /** COHERENCE-3: the stripe is raised to the epoch that ends. */
    STRIPE_OF_THE_EPOCH_BEFORE,
    /** COHERENCE-4: the version is looked at before the node is registered. */
    LOOK_THEN_REGISTER,
    /** COHERENCE-6: a reader takes whatever another's load brings. */
    JOIN_BLINDLY
  }

  /** A tag that an entry carries. */
  private static final class Node {
    private volatile boolean dead;
  }

  /** A value that is kept. */
  private static final class Entry {
    private final int value;
    private final Node node;
    private volatile long validatedAt = -1;

    Entry(int value, Node node) {
      this.value = value;
      this.node = node;
    }
  }

  /** A load under way. */
  private static final class Flight {
    private int value;
    private long start;
    private long lastInvalidated;
    private volatile boolean landed;
  }

  private final Flaw flaw;
  private final AtomicLong clock = new AtomicLong();
  private final AtomicLong epoch = new AtomicLong();
  private final AtomicLong stripe = new AtomicLong();
  private final AtomicLong slot = new AtomicLong();
  private final AtomicReference<@Nullable Node> directory = new AtomicReference<>();
  private final AtomicReference<@Nullable Flight> flights = new AtomicReference<>();
  private volatile @Nullable Entry entry;

  FlawedCache(Flaw flaw) {
    this.flaw = flaw;
  }

  /** Where a flaw has its window: wide enough to be met in a short run. */
  @SuppressWarnings("ThreadPriorityCheck") // no result rests on it
  private static void gap() {
    Thread.yield();
  }

  @Override
  public int get(IntSupplier source) {
    long arrival = clock.get();
    while (true) {
      int present = getIfPresent();
      if (present != ABSENT) {
        return present;
      }
      Flight own = new Flight();
      Flight other = flights.compareAndExchange(null, own);
      if (other == null) {
        return lead(own, source);
      }
      while (!other.landed) {
        Thread.onSpinWait();
      }
      if (flaw == Flaw.JOIN_BLINDLY
          || other.start >= arrival
          || other.lastInvalidated <= other.start) {
        return other.value;
      }
    }
  }

  private int lead(Flight flight, IntSupplier source) {
    flight.start = clock.get();
    flight.value = source.getAsInt();
    gap();
    keep(flight.value, flight.start);
    flights.set(null);
    flight.lastInvalidated = slot.get();
    flight.landed = true;
    return flight.value;
  }

  @Override
  public void put(IntSupplier source) {
    long start = clock.get();
    int value = source.getAsInt();
    gap();
    keep(value, start);
  }

  private void keep(int value, long start) {
    long stamp = flaw == Flaw.STAMP_AFTER_LOAD ? clock.get() : start;
    if (flaw == Flaw.LOOK_THEN_REGISTER) {
      long last = slot.get();
      gap();
      admit(value, stamp, last, register());
    } else {
      Node node = register();
      admit(value, stamp, slot.get(), node);
    }
  }

  private void admit(int value, long stamp, long last, Node node) {
    if (last <= stamp) {
      entry = new Entry(value, node);
    }
  }

  private Node register() {
    while (true) {
      Node known = directory.get();
      if (known != null && !known.dead) {
        return known;
      }
      Node fresh = new Node();
      if (directory.compareAndSet(known, fresh)) {
        return fresh;
      }
    }
  }

  @Override
  public int getIfPresent() {
    Entry found = entry;
    if (found == null) {
      return ABSENT;
    }
    if (!isValidated(found)) {
      long seen = epoch.get();
      if (found.node.dead) {
        return ABSENT;
      }
      found.validatedAt = seen;
    }
    return found.value;
  }

  private boolean isValidated(Entry found) {
    long validatedAt = found.validatedAt;
    return validatedAt == epoch.get() || stripe.get() <= validatedAt;
  }

  @Override
  public void invalidate() {
    slot.accumulateAndGet(clock.incrementAndGet(), Math::max);
    Node node = directory.get();
    if (node != null) {
      retire(node);
    }
  }

  private void retire(Node node) {
    switch (flaw) {
      case REMOVE_THEN_KILL -> inOrder(() -> remove(node), () -> kill(node), this::beginEpoch);
      case REMOVE_THEN_MOVE_EPOCH ->
          inOrder(() -> kill(node), () -> remove(node), this::beginEpoch);
      case EPOCH_BEFORE_KILL -> inOrder(this::beginEpoch, () -> kill(node), () -> remove(node));
      default -> inOrder(() -> kill(node), this::beginEpoch, () -> remove(node));
    }
  }

  private static void inOrder(Runnable... steps) {
    for (Runnable step : steps) {
      step.run();
      gap();
    }
  }

  private static void kill(Node node) {
    node.dead = true;
  }

  private void remove(Node node) {
    directory.compareAndSet(node, null);
  }

  private void beginEpoch() {
    long begun =
        flaw == Flaw.STRIPE_OF_THE_EPOCH_BEFORE ? epoch.getAndIncrement() : epoch.incrementAndGet();
    stripe.accumulateAndGet(begun, Math::max);
  }
}
