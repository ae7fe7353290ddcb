/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.change;

/** A follower's place in a feed; closing it ends the calls. */
public interface Subscription extends AutoCloseable {

  /**
   * Ends the subscription. Idempotent; may be called from any thread, also from the follower
   * itself. A call that is under way goes on to its end; none begins after this returns.
   */
  @Override
  void close();
}
