/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.lease;

import java.time.Duration;
import java.util.function.Consumer;
import org.occ4j.mutex.Hold;
import org.occ4j.mutex.LossReason;

/**
 * What the user has of a lease. The renewer has the lease itself, so that it can tell when the user
 * has dropped this without closing it.
 */
public final class LeaseHandle<T> implements Hold<T> {
  private final Lease<T> lease;

  LeaseHandle(Lease<T> lease) {
    this.lease = lease;
  }

  /** The lease behind this hold. */
  public Lease<T> lease() {
    return lease;
  }

  @Override
  public T key() {
    return lease.key();
  }

  @Override
  public long fencingToken() {
    return lease.fencingToken();
  }

  @Override
  public boolean isValid() {
    return lease.isValid();
  }

  @Override
  public Duration remaining() {
    return lease.remaining();
  }

  @Override
  public Hold<T> onLost(Consumer<LossReason> listener) {
    lease.onLost(listener);
    return this;
  }

  @Override
  public boolean extend(Duration length) {
    return lease.extend(length);
  }

  @Override
  public void releaseAfter(Duration delay) {
    lease.releaseAfter(delay);
  }

  @Override
  public void close() {
    lease.close();
  }

  @Override
  public String toString() {
    return lease.toString();
  }
}
