/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.lease;

import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices holds that were dropped without being closed, and says so. It does not close them: that
 * nobody can close a hold any more does not mean that its work has ended.
 */
final class LeaseLeaks {
  private static final Logger LOG = LoggerFactory.getLogger(LeaseOptions.LOGGER);

  private final ReferenceQueue<LeaseHandle<?>> dropped = new ReferenceQueue<>();

  /** Lives as long as the lease, which has it in a field. */
  private static final class Watch extends PhantomReference<LeaseHandle<?>> {
    private final Lease<?> lease;

    Watch(LeaseHandle<?> handle, ReferenceQueue<LeaseHandle<?>> queue) {
      super(handle, queue);
      this.lease = handle.lease();
    }
  }

  <T> LeaseHandle<T> watched(Lease<T> lease) {
    LeaseHandle<T> handle = new LeaseHandle<>(lease);
    lease.watchedBy(new Watch(handle, dropped));
    return handle;
  }

  void report() {
    for (Reference<?> next = dropped.poll(); next != null; next = dropped.poll()) {
      Lease<?> lease = ((Watch) next).lease;
      if (lease.isOpen()) {
        LOG.warn(
            "A hold on {} was dropped without being closed; it is renewed until the mutex closes"
                + " or maxHold ends it. It was acquired by {}",
            lease.key(),
            lease.holder());
      }
    }
  }
}
