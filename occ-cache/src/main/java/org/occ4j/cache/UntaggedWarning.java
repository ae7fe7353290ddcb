/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.cache;

import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says once that a loader gave no tag, unless that was allowed. Thread-safe. */
final class UntaggedWarning {
  private static final Logger log = LoggerFactory.getLogger(UntaggedWarning.class);

  private final String cacheName;

  /** Read first, so that loads of a cache that was warned of share an unchanging line. */
  private final AtomicBoolean isDone;

  UntaggedWarning(String cacheName, boolean allowed) {
    this.cacheName = cacheName;
    this.isDone = new AtomicBoolean(allowed);
  }

  void warn() {
    if (!isDone.get() && isDone.compareAndSet(false, true)) {
      log.warn(
          "Cache {}: a loader gave its value no tag, so no write of what it read makes it void:"
              + " only its key, invalidateAll and its age do. Call context.tag(..) in the loader"
              + " (store.tagOf(key), store.tagOfAll()), or allowUntagged() of the builder if that"
              + " is meant. This is said once for each cache.",
          cacheName);
    }
  }
}
