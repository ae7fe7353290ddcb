/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.store;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.RetryPolicy;
import org.occ4j.Tag;
import org.occ4j.Versioned;
import org.occ4j.change.Change;
import org.occ4j.change.Subscription;
import org.occ4j.store.internal.StoreRecorder;

/** A store whose calls are counted, around one that does not count. */
final class CountedStore<K, V> implements VersionedStore<K, V> {
  private final VersionedStore<K, V> store;
  private final StoreRecorder recorder;

  CountedStore(VersionedStore<K, V> store, StoreRecorder recorder) {
    this.store = store;
    this.recorder = recorder;
  }

  @Override
  public StoreStats stats() {
    return recorder.snapshot();
  }

  @Override
  public String name() {
    return store.name();
  }

  @Override
  public KeyCodec<K> keyCodec() {
    return store.keyCodec();
  }

  @Override
  public Optional<Versioned<V>> get(K key) {
    return recorder.read(() -> store.get(key));
  }

  @Override
  public Map<K, Versioned<V>> getAll(Collection<? extends K> keys) {
    return recorder.read(() -> store.getAll(keys));
  }

  @Override
  public Page<K, V> scan(Scan<K> scan) {
    return recorder.read(() -> store.scan(scan));
  }

  @Override
  public WriteResult<V> put(K key, V value, Expected expected) {
    return recorder.counted(recorder.written(() -> store.put(key, value, expected)));
  }

  @Override
  public WriteResult<V> delete(K key, Expected expected) {
    return recorder.counted(recorder.written(() -> store.delete(key, expected)));
  }

  @Override
  public WriteResult<V> update(K key, UnaryOperator<V> edit, RetryPolicy retry) {
    return recorder.counted(recorder.written(() -> store.update(key, edit, retry)));
  }

  @Override
  public BatchResult<K, V> writeAll(List<Write<K, V>> independent) {
    return recorder.written(() -> store.writeAll(independent));
  }

  @Override
  public CommitResult<K, V> commit(Commit<K, V> atomic) {
    return recorder.written(() -> store.commit(atomic));
  }

  @Override
  public Subscription watch(Consumer<? super Change> follower) {
    return store.watch(follower);
  }

  @Override
  public VersionedStore<K, V> by(String updatedBy) {
    return new CountedStore<>(store.by(updatedBy), recorder);
  }

  @Override
  public VersionedStore<K, V> tagging(Set<Tag> tags) {
    return new CountedStore<>(store.tagging(tags), recorder);
  }

  @Override
  public String toString() {
    return store.toString();
  }
}
