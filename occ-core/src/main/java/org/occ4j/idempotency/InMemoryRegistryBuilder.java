/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.idempotency;

import java.time.InstantSource;
import java.util.Objects;
import org.occ4j.Ticker;

/** Gathers the settings of a registry in this process. Not thread-safe. */
public final class InMemoryRegistryBuilder {

  /** The capacity if nothing else is said. */
  public static final int DEFAULT_CAPACITY = 1_000_000;

  private int capacity = DEFAULT_CAPACITY;
  private Ticker ticker = Ticker.system();
  private InstantSource clock = InstantSource.system();

  InMemoryRegistryBuilder() {}

  /**
   * How many records are kept at most. A full registry refuses new ids ({@code CAPACITY}) rather
   * than forget one that may be sent again, so it should hold what comes in during a retention.
   *
   * @throws IllegalArgumentException if {@code records} is less than 1
   */
  public InMemoryRegistryBuilder capacity(int records) {
    if (records < 1) {
      throw new IllegalArgumentException("capacity must be at least 1: " + records);
    }
    this.capacity = records;
    return this;
  }

  /** By what retention is measured; the machine's ticker by default. */
  public InMemoryRegistryBuilder ticker(Ticker monotonic) {
    this.ticker = Objects.requireNonNull(monotonic, "ticker");
    return this;
  }

  /** The clock of the instants shown to people; nothing is decided by it. */
  public InMemoryRegistryBuilder clock(InstantSource forPeople) {
    this.clock = Objects.requireNonNull(forPeople, "clock");
    return this;
  }

  /** The registry, empty. */
  public IdempotencyRegistry build() {
    return new InMemoryRegistry(capacity, ticker, clock);
  }
}
