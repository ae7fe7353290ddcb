/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.occ4j.Tag;

/** What one call of a loader has said so far about each of its keys. */
final class BulkLoadRecord<K, V> implements BulkLoadContext<K, V> {
  private final Map<K, LoadRecord<V>> records = new LinkedHashMap<>();
  private final ReadPoint begin;

  BulkLoadRecord(
      Coherence coherence, String cacheName, ReadPoint begin, List<InFlightLoad<K, V>> loads) {
    this.begin = begin;
    for (InFlightLoad<K, V> load : loads) {
      records.put(load.key(), new LoadRecord<>(coherence, cacheName, begin, load.replaced()));
    }
  }

  @Override
  public LoadRecord<V> of(K key) {
    LoadRecord<V> record = records.get(key);
    if (record == null) {
      throw new IllegalArgumentException("key " + key + " is not being loaded");
    }
    return record;
  }

  @Override
  public BulkLoadContext<K, V> tagAll(Tag... tags) {
    records.values().forEach(record -> record.tag(tags));
    return this;
  }

  @Override
  public ReadPoint readPoint() {
    return begin;
  }

  Set<K> keys() {
    return Collections.unmodifiableSet(records.keySet());
  }
}
