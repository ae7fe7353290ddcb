/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache.jdbc;

import java.time.Duration;
import java.util.Objects;
import org.occ4j.cache.StalenessPolicy;
import org.occ4j.cache.TaggedCacheBuilder;
import org.occ4j.jdbc.JdbcChangeLog;
import org.occ4j.jdbc.OccDatabase;

/**
 * Builds tagged caches that follow a database. A ticker given here must be the one that the {@link
 * OccDatabase} was given, for the time of the last poll is compared with it.
 *
 * @param <K> the keys
 * @param <V> the values
 */
public final class JdbcCacheBuilder<K, V> extends TaggedCacheBuilder<K, V, JdbcCacheBuilder<K, V>> {
  static final Duration DEFAULT_MAXIMUM_STALENESS = Duration.ofSeconds(5);

  private final OccDatabase database;
  private Duration maximumStaleness = DEFAULT_MAXIMUM_STALENESS;
  private StalenessPolicy policy = StalenessPolicy.BYPASS;

  JdbcCacheBuilder(String name, OccDatabase database) {
    super(name);
    this.database = Objects.requireNonNull(database, "database");
  }

  /**
   * What to do once the last successful poll of the change log is {@code silence} ago, or longer; 5
   * seconds and {@link StalenessPolicy#BYPASS} unless told otherwise. It should be several poll
   * intervals, and is the longest that another node's committed change can stay unseen here.
   *
   * @throws IllegalArgumentException when built, if {@code silence} is shorter than two poll
   *     intervals
   */
  public JdbcCacheBuilder<K, V> maximumStaleness(Duration silence, StalenessPolicy policy) {
    this.maximumStaleness = Objects.requireNonNull(silence, "silence");
    this.policy = Objects.requireNonNull(policy, "policy");
    return this;
  }

  /**
   * The cache. It begins to follow before it is returned, and is empty.
   *
   * @throws IllegalArgumentException if settings contradict each other
   * @throws org.occ4j.StoreUnavailableException if the change log cannot be read
   */
  public JdbcTaggedCache<K, V> build() {
    JdbcChangeLog changes = database.changes();
    requireSeveralPolls(maximumStaleness, changes);
    return new SharedTaggedCache<>(
        buildWatching(changes, maximumStaleness, policy), changes, hasKeyCodec());
  }

  static void requireSeveralPolls(Duration maximumStaleness, JdbcChangeLog changes) {
    if (maximumStaleness.compareTo(changes.pollInterval().multipliedBy(2)) < 0) {
      throw new IllegalArgumentException(
          "maximumStaleness "
              + maximumStaleness
              + " is shorter than two poll intervals of "
              + changes.pollInterval());
    }
  }

  @Override
  protected JdbcCacheBuilder<K, V> self() {
    return this;
  }
}
