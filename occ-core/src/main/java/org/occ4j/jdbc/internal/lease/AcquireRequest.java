/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.lease;

import java.time.Duration;
import java.util.List;

/**
 * What one acquisition asks for; the same at each of its attempts.
 *
 * @param rows in ascending order
 * @param nonce names this acquisition
 * @param predecessor the nonce of a closed hold of this process whose row was left to this
 *     acquisition, or {@code nonce} where there is none
 * @param holder who asks, for operators
 * @param length how long the lease lasts without renewal
 */
record AcquireRequest(
    List<LeaseKey> rows, String nonce, String predecessor, String holder, Duration length) {
  private static final int HOLDER_LENGTH = 255;

  AcquireRequest {
    holder = holder.length() <= HOLDER_LENGTH ? holder : holder.substring(0, HOLDER_LENGTH);
  }

  long lengthMicros() {
    return LeaseDialect.micros(length);
  }
}
