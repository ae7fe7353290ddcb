/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.util.Map;
import org.occ4j.change.FeedStats;
import org.occ4j.idempotency.RegistryStats;
import org.occ4j.mutation.PipelineStats;
import org.occ4j.mutex.MutexStats;
import org.occ4j.store.StoreStats;

/**
 * What this process has done by one {@link OccDatabase} since it was opened. Immutable; the parts
 * are read one after the other while others go on, so they may disagree slightly.
 *
 * @param pipelines by the name of their store, all over one store together
 * @param stores by their names
 * @param registry of the idempotency registry, mutations of pipelines among them
 * @param mutexes by their namespaces
 * @param changes of the change feed
 * @param housekeeping of the housekeeping
 */
public record DatabaseStats(
    Map<String, PipelineStats> pipelines,
    Map<String, StoreStats> stores,
    RegistryStats registry,
    Map<String, MutexStats> mutexes,
    FeedStats changes,
    HousekeepingStats housekeeping) {

  /** Copies the maps. */
  public DatabaseStats {
    pipelines = Map.copyOf(pipelines);
    stores = Map.copyOf(stores);
    mutexes = Map.copyOf(mutexes);
  }
}
