/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.time.Duration;

/**
 * How an {@link OccDatabase} removes by itself what is no longer promised: answers whose retention
 * is over, changes that every follower has had time to read, and the rows of locks that nobody has
 * taken for long. On unless it is {@link #off}.
 *
 * <p>One node at a time does it, whoever comes first, under a lease of the library's own, in short
 * transactions of one batch each, with a pause between them. What a batch finds locked is left for
 * the next run. An unresolved mutation is never removed: it waits for a person.
 *
 * <p>Nodes may have different settings; each keeps to its own. Immutable.
 *
 * @param enabled whether it runs at all
 * @param interval how far apart runs are, of all nodes together; 5 minutes by default
 * @param batchSize how many rows are removed, or of locks looked at, in one transaction; 500 by
 *     default
 * @param pause between two batches; 50 milliseconds by default, for a rate of 10 000 rows a second
 *     at most
 * @param changesKept how long changes stay in the log; 10 minutes by default and at least, because
 *     a node that was out of reach goes on from where it was
 * @param idleLocksKept how long the row of a lock stays after its last use, so that its fencing
 *     tokens grow also if the database's clock is set back by less; 7 days by default
 */
public record Housekeeping(
    boolean enabled,
    Duration interval,
    int batchSize,
    Duration pause,
    Duration changesKept,
    Duration idleLocksKept) {

  private static final int LARGEST_BATCH = 1_000;
  private static final Duration SHORTEST_CHANGES = Duration.ofMinutes(10);
  private static final Duration SHORTEST_LOCKS = Duration.ofHours(1);
  private static final Housekeeping DEFAULTS =
      new Housekeeping(
          true,
          Duration.ofMinutes(5),
          500,
          Duration.ofMillis(50),
          SHORTEST_CHANGES,
          Duration.ofDays(7));

  /**
   * Checks the settings.
   *
   * @throws IllegalArgumentException naming the one that is out of its range
   */
  public Housekeeping {
    require(interval.compareTo(Duration.ZERO) > 0, "interval must be positive: " + interval);
    require(
        batchSize >= 1 && batchSize <= LARGEST_BATCH,
        "batchSize must be from 1 to " + LARGEST_BATCH + ": " + batchSize);
    require(!pause.isNegative(), "pause must not be negative: " + pause);
    require(
        changesKept.compareTo(SHORTEST_CHANGES) >= 0,
        "changes are kept for ten minutes at least, so that followers find them: " + changesKept);
    require(
        idleLocksKept.compareTo(SHORTEST_LOCKS) >= 0,
        "idle locks are kept for an hour at least, so that tokens grow: " + idleLocksKept);
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new IllegalArgumentException(otherwise);
    }
  }

  /** On, with the settings that are named above. */
  public static Housekeeping defaults() {
    return DEFAULTS;
  }

  /**
   * Nothing is removed by itself; {@code purge} of the registry and of the change log, and {@code
   * sweep} of mutexes, are there to be called.
   */
  public static Housekeeping off() {
    return new Housekeeping(
        false,
        DEFAULTS.interval,
        DEFAULTS.batchSize,
        DEFAULTS.pause,
        DEFAULTS.changesKept,
        DEFAULTS.idleLocksKept);
  }

  /** The same with another {@code interval}. */
  public Housekeeping interval(Duration between) {
    return new Housekeeping(enabled, between, batchSize, pause, changesKept, idleLocksKept);
  }

  /** The same with another {@code batchSize}, from 1 to 1 000. */
  public Housekeeping batchSize(int rows) {
    return new Housekeeping(enabled, interval, rows, pause, changesKept, idleLocksKept);
  }

  /** The same with another {@code pause}. */
  public Housekeeping pause(Duration between) {
    return new Housekeeping(enabled, interval, batchSize, between, changesKept, idleLocksKept);
  }

  /** The same with another {@code changesKept}, ten minutes at least. */
  public Housekeeping changesKept(Duration atLeast) {
    return new Housekeeping(enabled, interval, batchSize, pause, atLeast, idleLocksKept);
  }

  /** The same with another {@code idleLocksKept}, an hour at least. */
  public Housekeeping idleLocksKept(Duration atLeast) {
    return new Housekeeping(enabled, interval, batchSize, pause, changesKept, atLeast);
  }
}
