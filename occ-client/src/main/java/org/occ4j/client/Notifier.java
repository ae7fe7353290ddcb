/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.client;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps what a listener throws away from the edits. */
final class Notifier<K, V> {
  private static final Logger log = LoggerFactory.getLogger(OptimisticClient.class);

  private final ClientListener<K, V> listener;

  Notifier(ClientListener<K, V> listener) {
    this.listener = listener;
  }

  void changed(K key) {
    try {
      listener.changed(key);
    } catch (RuntimeException | Error thrown) {
      log.warn("the listener failed on a change of {}", key, thrown);
    }
  }

  void settled(K key, PendingEdit<V> edit) {
    try {
      listener.settled(key, edit);
    } catch (RuntimeException | Error thrown) {
      log.warn("the listener failed on a settled edit of {}", key, thrown);
    }
  }
}
