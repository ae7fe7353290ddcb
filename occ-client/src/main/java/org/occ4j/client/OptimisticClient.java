/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.client;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.occ4j.Versioned;
import org.occ4j.merge.Merger;
import org.occ4j.mutation.Edit;

/**
 * Shows edits at once and gets them to the server one by one, each exactly once, losing neither
 * them nor anybody else's.
 *
 * <p>The view of a key is its confirmed state with the pending edits run over it in their order. An
 * edit is an intent, a function, and is run again whenever what is below it has changed; giving one
 * up takes it out and runs the others, so no saved copy can bring back what is outdated. Per key,
 * edits go out in their order, one at a time: the next starts from the state that the one before it
 * made. A state from the server counts only if its version is newer than what is known, so late
 * answers do no harm.
 *
 * <p>An edit leaves the client in three ways: confirmed, rejected with a reason that the listener
 * is told, or discarded by a call. With an {@linkplain OptimisticClientBuilder#journal journal} a
 * pending edit also survives the process: the next client sends what was sent again, under its id,
 * and the others after it, as the change that they made to the value they were made on. Without one
 * pending edits end with the process.
 *
 * <p>Instances are thread-safe. Edits, the merger, the listener and the transport are called under
 * no lock; for one key, edits are sent by one thread at a time. Actions in a thread before {@link
 * #edit} or {@link #accept} happen before what any thread sees in a {@link #view} that contains its
 * effect.
 *
 * @param <K> the keys, fit for a hash table
 * @param <V> the values, immutable
 */
public final class OptimisticClient<K, V> {
  private final ClientParts<K, V> parts;
  private final Map<K, EditQueue<K, V>> queues = new ConcurrentHashMap<>();

  OptimisticClient(ClientParts<K, V> parts) {
    this.parts = parts;
  }

  /**
   * A client.
   *
   * @param transport the way to the server
   * @param merger merges a conflicted edit onto the state that won
   */
  public static <K, V> OptimisticClientBuilder<K, V> builder(
      ClientTransport<K, V> transport, Merger<V> merger) {
    return new OptimisticClientBuilder<>(transport, merger);
  }

  /**
   * Shows an edit and sends it when its turn comes, perhaps before this returns.
   *
   * @param edit what it makes of the value, run whenever the view is read or the edit is sent; null
   *     in means that there is nothing, null out deletes. If it throws, the view leaves it out, and
   *     when its turn comes it is rejected: with the code of its {@link
   *     org.occ4j.mutation.Rejection}, or {@value EditQueue#EDIT_FAILED}
   * @throws java.io.UncheckedIOException if the journal could not keep it; then there is no edit
   */
  public PendingEdit<V> edit(K key, Edit<V> edit) {
    Objects.requireNonNull(edit, "edit");
    while (true) {
      PendingEdit<V> pending = queue(key).submit(edit);
      if (pending != null) {
        return pending;
      }
    }
  }

  /**
   * Takes a state that was read from the server, if it is newer than what is known.
   *
   * @return whether it was
   */
  public boolean accept(K key, Versioned<V> state) {
    Objects.requireNonNull(state, "state");
    return queue(key).accept(state);
  }

  /**
   * Takes the news that a key was deleted, if nothing newer than {@code lastVersion} is known.
   *
   * @param lastVersion the newest version known when the read that found nothing was sent; a
   *     deletion has no version of its own
   * @return whether it counted
   */
  public boolean acceptAbsence(K key, long lastVersion) {
    return queue(key).acceptAbsence(lastVersion);
  }

  /** What to show for this key now. Runs the pending edits. */
  public OptimisticView<V> view(K key) {
    EditQueue<K, V> queue = queues.get(Objects.requireNonNull(key, "key"));
    return queue == null ? new OptimisticView<>(null, null, List.of()) : queue.view();
  }

  /** How many edits of all keys are not settled. */
  public int pendingCount() {
    return queues.values().stream().mapToInt(EditQueue::size).sum();
  }

  /**
   * Forgets what is known of a key, to free its memory.
   *
   * @return false if it has pending edits; then nothing is forgotten
   */
  public boolean forget(K key) {
    EditQueue<K, V> queue = queues.get(Objects.requireNonNull(key, "key"));
    if (queue == null) {
      return true;
    }
    boolean forgotten = queue.close();
    if (forgotten) {
      queues.remove(key, queue);
    }
    return forgotten;
  }

  /** Goes on with the edits that another process left, in their order. */
  void takeUp(List<EditJournal.Entry<K, V>> left) {
    // What was sent comes first: threads that edit at once may have numbered them otherwise.
    left.stream()
        .sorted(Comparator.comparing(entry -> !entry.sent()))
        .forEach(entry -> queue(entry.key()).restore(entry));
    left.forEach(entry -> queue(entry.key()).begin());
  }

  private EditQueue<K, V> queue(K key) {
    Objects.requireNonNull(key, "key");
    return queues.compute(
        key, (k, queue) -> queue == null || queue.isClosed() ? new EditQueue<>(k, parts) : queue);
  }
}
