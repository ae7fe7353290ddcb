/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What passed a {@link WireProxy} since {@link WireProxy#counting()} was called, until closed.
 *
 * <pre>{@code
 * try (var count = proxy.counting()) {
 *   store.put(key, value, Expected.version(1));
 *   assertThat(count.roundTrips()).as(count.toString()).isEqualTo(1);
 * }
 * }</pre>
 *
 * <p>Counts everything on the wire after log-in, on all connections. A driver that is opening a
 * connection may send statements of its own after log-in, which look like any other: open the
 * connections first. Thread-safe.
 */
public final class Counting implements AutoCloseable {
  private final ReentrantLock lock = new ReentrantLock();
  private final List<String> statements = new ArrayList<>();
  private final Runnable unregister;
  private long roundTrips;

  Counting(Runnable unregister) {
    this.unregister = unregister;
  }

  void add(String sql, boolean roundTrip) {
    lock.lock();
    try {
      statements.add(sql);
      roundTrips += roundTrip ? 1 : 0;
    } finally {
      lock.unlock();
    }
  }

  /** How often a client had to wait for the server; see {@link WireProxy#roundTrips()}. */
  public long roundTrips() {
    lock.lock();
    try {
      return roundTrips;
    } finally {
      lock.unlock();
    }
  }

  /** The text of each statement in the order of arrival; what one answer ends is one element. */
  public List<String> statements() {
    lock.lock();
    try {
      return List.copyOf(statements);
    } finally {
      lock.unlock();
    }
  }

  /** Stops counting; the numbers stay readable. */
  @Override
  public void close() {
    unregister.run();
  }

  /** The count and the statements, as a description for a failed assertion. */
  @Override
  public String toString() {
    return roundTrips() + " round trips: " + statements();
  }
}
