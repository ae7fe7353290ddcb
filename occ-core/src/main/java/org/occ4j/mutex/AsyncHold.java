/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutex;

import java.lang.ref.Cleaner;
import java.time.Duration;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The hold of a future. The table has the grant, not this, so it can be told when whoever had the
 * future has dropped it with the key in it, and the log says so. The key is not given back: that
 * nobody can close a hold any more does not mean that its work has ended.
 */
final class AsyncHold<K> implements Hold<K> {
  private static final Logger LOG = LoggerFactory.getLogger(KeyedMutex.class);
  private static final Cleaner CLEANER = Cleaner.create();

  private final Grant<K> grant;
  private final Cleaner.Cleanable watch;

  AsyncHold(Grant<K> grant) {
    this.grant = grant;
    this.watch = watch(this, grant);
  }

  /** In a method of its own: the action must not reach the hold that it watches. */
  private static Cleaner.Cleanable watch(AsyncHold<?> hold, Grant<?> grant) {
    return CLEANER.register(hold, () -> warnIfHeld(grant));
  }

  private static void warnIfHeld(Grant<?> grant) {
    if (grant.isValid()) {
      LOG.warn(
          "A hold on {} was dropped without being closed; the key stays taken. It was asked for by"
              + " {}; withLockAsync cannot be dropped",
          grant.key,
          grant.ownerName());
    }
  }

  @Override
  public K key() {
    return grant.key();
  }

  @Override
  public long fencingToken() {
    return grant.fencingToken();
  }

  @Override
  public boolean isValid() {
    return grant.isValid();
  }

  @Override
  public Duration remaining() {
    return grant.remaining();
  }

  @Override
  public Hold<K> onLost(Consumer<LossReason> listener) {
    grant.onLost(listener);
    return this;
  }

  @Override
  public boolean extend(Duration length) {
    return grant.extend(length);
  }

  @Override
  public void releaseAfter(Duration delay) {
    grant.releaseAfter(delay);
    watch.clean();
  }

  @Override
  public void close() {
    grant.close();
    watch.clean(); // nothing to say any more
  }

  @Override
  public String toString() {
    return grant.toString();
  }
}
