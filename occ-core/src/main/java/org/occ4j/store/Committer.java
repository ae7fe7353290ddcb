/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.store;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.occ4j.Tag;
import org.occ4j.Versioned;
import org.occ4j.change.Change;
import org.occ4j.change.ChangeDraft;
import org.occ4j.change.ChangeToken;
import org.occ4j.change.Subscription;
import org.occ4j.change.internal.SequencedLog;
import org.occ4j.store.internal.Keys;
import org.occ4j.store.internal.StoreWatcher;

/**
 * The point at which the writes of a store are committed: alone where no log is attached, else
 * together with their place in the log.
 */
final class Committer<K> {
  private final String source;
  private final Keys<K> keys;
  private final @Nullable SequencedLog log;

  Committer(String source, Keys<K> keys, @Nullable SequencedLog log) {
    this.source = source;
    this.keys = keys;
    this.log = log;
  }

  boolean isRecorded() {
    return log != null;
  }

  /** The key's text if changes are recorded, else null. The codec runs here, under no lock. */
  @Nullable String textOf(K key) {
    return log == null ? null : keys.text(key);
  }

  /**
   * Commits one write.
   *
   * @param next the state that it makes, or null for a deletion
   * @param text what {@link #textOf} said
   * @return null if a rival came first
   */
  <V> @Nullable WriteResult<V> commit(
      Cell<K, V> cell,
      Object seen,
      @Nullable Versioned<V> next,
      @Nullable String text,
      long version,
      @Nullable String updatedBy,
      Set<Tag> tags) {
    Object contents = next == null ? Cell.DEAD : next;
    if (log == null) {
      return cell.compareAndSet(seen, contents) ? new WriteResult.Applied<>(next) : null;
    }
    Change.Kind kind = next == null ? Change.Kind.DELETE : Change.Kind.PUT;
    ChangeDraft draft = new ChangeDraft(source, kind, text, version, updatedBy, tags);
    ChangeToken token = log.appendIf(() -> cell.compareAndSet(seen, contents), List.of(draft));
    return token == null ? null : new WriteResult.Applied<>(next, token);
  }

  /**
   * Commits several writes with one step.
   *
   * @return null if the step said no
   */
  <V> CommitResult.@Nullable Applied<K, V> commit(
      BooleanSupplier step, List<ChangeDraft> drafts, Map<K, Versioned<V>> written) {
    if (log == null || drafts.isEmpty()) {
      return step.getAsBoolean() ? new CommitResult.Applied<>(written) : null;
    }
    ChangeToken token = log.appendIf(step, drafts);
    return token == null ? null : new CommitResult.Applied<>(written, token);
  }

  /** The change that a write of a commit makes. */
  ChangeDraft draft(
      K key, Change.Kind kind, long version, @Nullable String updatedBy, Set<Tag> tags) {
    return new ChangeDraft(source, kind, keys.text(key), version, updatedBy, tags);
  }

  Subscription watch(Consumer<? super Change> watcher) {
    if (log == null) {
      throw new IllegalStateException("store " + source + " records no changes");
    }
    return log.follow(new StoreWatcher(source, watcher));
  }
}
