/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.testkit;

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
import org.occ4j.store.BatchResult;
import org.occ4j.store.Commit;
import org.occ4j.store.CommitResult;
import org.occ4j.store.Page;
import org.occ4j.store.Scan;
import org.occ4j.store.VersionedStore;
import org.occ4j.store.Write;
import org.occ4j.store.WriteResult;

/**
 * A store that hands every call to another one; a subclass changes some, to break or to observe.
 *
 * @param <K> the keys
 * @param <V> the values
 */
public abstract class ForwardingStore<K, V> implements VersionedStore<K, V> {
  private final VersionedStore<K, V> store;

  /** A store over {@code store}. */
  protected ForwardingStore(VersionedStore<K, V> store) {
    this.store = store;
  }

  /** The store that is called. */
  protected final VersionedStore<K, V> store() {
    return store;
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
    return store.get(key);
  }

  @Override
  public Map<K, Versioned<V>> getAll(Collection<? extends K> keys) {
    return store.getAll(keys);
  }

  @Override
  public WriteResult<V> put(K key, V value, Expected expected) {
    return store.put(key, value, expected);
  }

  @Override
  public WriteResult<V> delete(K key, Expected expected) {
    return store.delete(key, expected);
  }

  @Override
  public WriteResult<V> update(K key, UnaryOperator<V> edit, RetryPolicy retry) {
    return store.update(key, edit, retry);
  }

  @Override
  public BatchResult<K, V> writeAll(List<Write<K, V>> independent) {
    return store.writeAll(independent);
  }

  @Override
  public CommitResult<K, V> commit(Commit<K, V> atomic) {
    return store.commit(atomic);
  }

  @Override
  public Page<K, V> scan(Scan<K> scan) {
    return store.scan(scan);
  }

  @Override
  public Subscription watch(Consumer<? super Change> follower) {
    return store.watch(follower);
  }

  @Override
  public VersionedStore<K, V> by(String updatedBy) {
    return store.by(updatedBy);
  }

  @Override
  public VersionedStore<K, V> tagging(Set<Tag> tags) {
    return store.tagging(tags);
  }
}
