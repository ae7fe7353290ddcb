/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutation;

import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.occ4j.Expected;
import org.occ4j.Fingerprint;
import org.occ4j.MutationId;
import org.occ4j.Tag;

/** Gathers the optional parts of a {@link Mutation}. Not thread-safe. */
public final class MutationBuilder<K, V> {
  private final MutationId id;
  private final K key;
  private final Expected expected;
  private final Edit<V> edit;
  private @Nullable String lockKey;
  private Fingerprint fingerprint = Fingerprint.none();
  private @Nullable String updatedBy;
  private Set<Tag> tags = Set.of();
  private @Nullable V base;

  MutationBuilder(MutationId id, K key, Expected expected, Edit<V> edit) {
    this.id = id;
    this.key = key;
    this.expected = expected;
    this.edit = edit;
  }

  /** Takes turns under this name instead of the store's name and the key's text. */
  public MutationBuilder<K, V> lockKey(String name) {
    this.lockKey = Objects.requireNonNull(name, "lockKey");
    return this;
  }

  /**
   * The fingerprint of the payload: of what the client means, as it was sent. Without one the same
   * id with another payload is answered as the first; with another key it is refused in any case.
   */
  public MutationBuilder<K, V> fingerprint(Fingerprint ofPayload) {
    this.fingerprint = Objects.requireNonNull(ofPayload, "fingerprint");
    return this;
  }

  /** Who makes the change. */
  public MutationBuilder<K, V> updatedBy(String name) {
    this.updatedBy = Objects.requireNonNull(name, "updatedBy");
    return this;
  }

  /** What caches must drop. */
  public MutationBuilder<K, V> tags(Tag... dropped) {
    this.tags = Set.of(dropped);
    return this;
  }

  /** The value from which the client's edit started. */
  public MutationBuilder<K, V> base(V value) {
    this.base = Objects.requireNonNull(value, "base");
    return this;
  }

  /** The mutation. */
  public Mutation<K, V> build() {
    return new Mutation<>(id, key, lockKey, expected, fingerprint, updatedBy, tags, base, edit);
  }
}
