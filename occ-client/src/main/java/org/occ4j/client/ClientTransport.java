/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.client;

import java.util.concurrent.CompletionStage;

/**
 * The way to the server: the application's HTTP client, or whatever carries requests.
 *
 * @param <K> the keys
 * @param <V> the values
 */
@FunctionalInterface
public interface ClientTransport<K, V> {

  /**
   * Sends a request once, without waiting for its answer, and completes the stage with the answer.
   * It may be called by any thread, never twice at once for one key.
   *
   * <p>A stage that completes exceptionally, and an exception thrown, count as {@link Reply.Lost}.
   * The stage must complete some time: a time limit for the answer is the transport's to set.
   */
  CompletionStage<Reply<V>> send(MutationRequest<K, V> request);
}
