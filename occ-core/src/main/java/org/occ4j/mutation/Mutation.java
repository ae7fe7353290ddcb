/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutation;

import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.occ4j.Expected;
import org.occ4j.Fingerprint;
import org.occ4j.MutationId;
import org.occ4j.Tag;
import org.occ4j.Versioned;
import org.occ4j.merge.FieldChange;
import org.occ4j.merge.Merger;
import org.occ4j.store.VersionedStore;
import org.occ4j.store.internal.Keys;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One intended change of one key, with everything that the playbook needs to carry it out safely.
 *
 * @param id the client's name for it; the same with every retry
 * @param key what it changes
 * @param lockKey the resource whose turn it takes; null for the store's name and the key's text,
 *     such as {@code "task:42"}
 * @param expected what the client believes is there
 * @param fingerprint of the payload, so that the same id with another payload is noticed; with
 *     another key it is noticed in any case
 * @param updatedBy who makes it, or null
 * @param tags what caches must drop when it is committed
 * @param base the value from which the client's edit started, if it sent it, to show people what
 *     changed on both sides; or null
 * @param edit what it does
 * @param <K> the keys
 * @param <V> the values
 */
public record Mutation<K, V>(
    MutationId id,
    K key,
    @Nullable String lockKey,
    Expected expected,
    Fingerprint fingerprint,
    @Nullable String updatedBy,
    Set<Tag> tags,
    @Nullable V base,
    Edit<V> edit) {

  private static final Logger LOG = LoggerFactory.getLogger(Mutation.class);

  /** Copies the tags; refuses nulls. */
  public Mutation {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(expected, "expected");
    Objects.requireNonNull(edit, "edit");
    Objects.requireNonNull(fingerprint, "fingerprint");
    tags = Set.copyOf(tags);
  }

  /** A mutation of this key by this edit, to which the builder adds the rest. */
  public static <K, V> MutationBuilder<K, V> of(
      MutationId id, K key, Expected expected, Edit<V> edit) {
    return new MutationBuilder<>(id, key, expected, edit);
  }

  /** The same mutation, under the same id, with another expectation and edit. */
  public Mutation<K, V> as(Expected another, Edit<V> other) {
    return new Mutation<>(id, key, lockKey, another, fingerprint, updatedBy, tags, base, other);
  }

  /** The resource whose turn it takes when it is carried out in {@code store}. */
  public String lockKeyIn(VersionedStore<K, V> store) {
    return lockKey != null ? lockKey : store.name() + ":" + store.keyCodec().text(key);
  }

  /** What the same id has to come with again: the payload's fingerprint, and the key. */
  public Fingerprint fingerprintIn(VersionedStore<K, V> store) {
    return fingerprint.about(store.name(), new Keys<>(store.keyCodec()).text(key));
  }

  /**
   * The answer that this mutation lost against {@code current}, with the fields in which that
   * differs from what the edit would make of it now. The edit runs once more for that; if it or the
   * merger fails, the fields are left out and the failure is logged.
   *
   * @param current what is there now, or null if the key is absent
   * @param merger tells the fields apart; null for none
   */
  public MutationResult.Conflicted<V> conflictWith(
      @Nullable Versioned<V> current, @Nullable Merger<V> merger) {
    List<FieldChange> changes =
        current == null || merger == null ? List.of() : changesOf(current.value(), merger);
    return new MutationResult.Conflicted<>(expected, current, changes);
  }

  private List<FieldChange> changesOf(V theirs, Merger<V> merger) {
    try {
      V mine = edit.apply(theirs);
      return mine == null ? List.of() : merger.changes(base, theirs, mine);
    } catch (Rejection no) {
      return List.of();
    } catch (RuntimeException failure) {
      // The conflict is the answer; it must not be hidden behind a failure to describe it.
      LOG.warn("could not tell what mutation {} would have changed", id, failure);
      return List.of();
    }
  }
}
