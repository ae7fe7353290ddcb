/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.store.internal;

import java.util.function.Consumer;
import org.occ4j.change.Change;
import org.occ4j.change.ChangeFollower;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands the writes of one store to whoever watches it, and says in the log when some were missed.
 *
 * @param store the name of the store
 * @param watcher is given each write
 */
public record StoreWatcher(String store, Consumer<? super Change> watcher)
    implements ChangeFollower {
  private static final Logger LOG = LoggerFactory.getLogger(StoreWatcher.class);

  @Override
  public void changed(Change change) {
    boolean write = change.kind() == Change.Kind.PUT || change.kind() == Change.Kind.DELETE;
    if (write && change.source().equals(store)) {
      watcher.accept(change);
    }
  }

  @Override
  public void missed(String reason) {
    LOG.warn("A watcher of store {} missed changes: {}", store, reason);
  }
}
