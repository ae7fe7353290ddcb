/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.client;

/**
 * Told when there is something new to show. Called in the thread that made it so, under no lock, in
 * no particular order where several threads do; so it is told what to look at, not what to show,
 * and reads {@link OptimisticClient#view}. What it throws is logged and stops nothing.
 *
 * @param <K> the keys
 * @param <V> the values
 */
@FunctionalInterface
public interface ClientListener<K, V> {

  /** The view of this key, or the state of one of its pending edits, may have changed. */
  void changed(K key);

  /**
   * An edit is confirmed, rejected or discarded. It is also told of edits whose maker has gone, so
   * the place to tell a person of a rejection.
   */
  default void settled(K key, PendingEdit<V> edit) {}
}
