/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.client;

import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.occ4j.mutation.Edit;

/** A pending edit. Its {@link EditQueue} writes the fields under its lock; anybody reads them. */
final class ClientEdit<K, V> implements PendingEdit<V> {
  final long number;
  private final EditQueue<K, V> queue;
  private final CompletableFuture<EditState> settled = new CompletableFuture<>();

  volatile Edit<V> intent;
  volatile EditState state = EditState.LOCAL;
  volatile UUID id = UUID.randomUUID();
  volatile @Nullable MutationRequest<K, V> request;
  volatile @Nullable EditConflict<V> conflict;
  volatile Reply.@Nullable Rejected<V> rejection;
  volatile @Nullable String doubt;

  /** The request that the journal knows to have been sent. */
  volatile @Nullable MutationRequest<K, V> kept;

  /** Attempts with the present request, as the retry policy counts them. */
  int attempts;

  /** When the first of them was made. */
  long firstAttemptNanos;

  /** How often the present request was sent; after the first time only its service settles it. */
  int sendsOfRequest;

  /** How often it was sent in all; tells a scheduled resend that another one came before it. */
  int sends;

  ClientEdit(EditQueue<K, V> queue, long number, Edit<V> intent) {
    this.queue = queue;
    this.number = number;
    this.intent = intent;
  }

  /** Whether {@code answered} is the request whose answer this edit waits for. */
  boolean awaits(MutationRequest<K, V> answered) {
    MutationRequest<K, V> sent = request;
    return sent != null
        && sent.clientMutationId().equals(answered.clientMutationId())
        && (state == EditState.SENDING || state == EditState.UNKNOWN);
  }

  void complete() {
    settled.complete(state);
  }

  @Override
  public UUID clientMutationId() {
    return id;
  }

  @Override
  public EditState state() {
    return state;
  }

  @Override
  public Optional<EditConflict<V>> conflict() {
    return Optional.ofNullable(conflict);
  }

  @Override
  public Optional<Reply.Rejected<V>> rejection() {
    return Optional.ofNullable(rejection);
  }

  @Override
  public Optional<String> doubt() {
    return Optional.ofNullable(doubt);
  }

  @Override
  public boolean refreshAndApply() {
    return queue.conflicts.refreshAndApply(this);
  }

  @Override
  public boolean refreshAndApply(EditConflict<V> seen, @Nullable V resolved) {
    return queue.conflicts.resolve(this, seen, resolved);
  }

  @Override
  public boolean discard() {
    return queue.discard(this);
  }

  @Override
  public boolean resend() {
    return queue.sender.resendNow(this);
  }

  @Override
  public CompletionStage<EditState> settled() {
    return settled.minimalCompletionStage();
  }

  @Override
  public String toString() {
    return "PendingEdit[" + id + ", " + state + "]";
  }
}
