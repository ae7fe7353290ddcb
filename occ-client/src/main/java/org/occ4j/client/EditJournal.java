/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.client;

import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the pending edits of a client beyond its process, so that the next one can take them up:
 * see {@link FileEditJournal}, or bring one of your own.
 *
 * <p>The client puts an edit before it shows it, and again before it sends it with another request;
 * it removes it when it is settled. What a put that returned has kept is there after a crash. One
 * client at a time uses a journal; implementations are thread-safe, and are called under no lock of
 * the client.
 *
 * @param <K> the keys
 * @param <V> the values
 */
public interface EditJournal<K, V> extends AutoCloseable {

  /**
   * A pending edit as it is kept: not the function that made it, but what it made of what.
   *
   * @param number grows with each edit of the client; a later put of a number replaces the earlier
   * @param clientMutationId under which it was sent, or will be
   * @param key what it changes
   * @param version of the state from which it started, or null where there was none
   * @param base the value from which it started, or null where there was none
   * @param value what it stores, or null to delete the key
   * @param supersedes the id of the conflicted mutation that this one replaces, or null
   * @param sent whether it may have reached the server
   * @param <K> the keys
   * @param <V> the values
   */
  record Entry<K, V>(
      long number,
      UUID clientMutationId,
      K key,
      @Nullable Long version,
      @Nullable V base,
      @Nullable V value,
      @Nullable UUID supersedes,
      boolean sent) {
    /** Refuses nulls where none are meant. */
    public Entry {
      Objects.requireNonNull(clientMutationId, "clientMutationId");
      Objects.requireNonNull(key, "key");
    }
  }

  /** What is kept, by number. */
  List<Entry<K, V>> entries();

  /**
   * Keeps an edit; durable when this returns.
   *
   * @throws java.io.UncheckedIOException if it could not be kept; then what was kept before still
   *     is
   */
  void put(Entry<K, V> entry);

  /**
   * Drops a settled edit. One that a crash brings back is sent again under its id, which does no
   * harm, so this need not be durable at once.
   *
   * @throws java.io.UncheckedIOException if it could not be dropped
   */
  void remove(long number);

  /** Ends the use of the journal, whose entries stay. */
  @Override
  void close();
}
