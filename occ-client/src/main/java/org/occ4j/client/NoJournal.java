/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.client;

import java.util.List;

/** Keeps nothing. */
final class NoJournal<K, V> implements EditJournal<K, V> {

  @Override
  public List<Entry<K, V>> entries() {
    return List.of();
  }

  @Override
  public void put(Entry<K, V> entry) {}

  @Override
  public void remove(long number) {}

  @Override
  public void close() {}
}
