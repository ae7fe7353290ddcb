/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.pipeline;

import java.nio.ByteBuffer;

/** The value of a row: a count in front of bytes that never change, as long as a small task. */
final class Payload {
  private static final int BYTES = 200;

  private Payload() {}

  static byte[] zero() {
    return new byte[BYTES];
  }

  /** The edit of every rival. */
  static byte[] plusOne(byte[] payload) {
    byte[] next = payload.clone();
    ByteBuffer.wrap(next).putLong(0, count(payload) + 1);
    return next;
  }

  static long count(byte[] payload) {
    return ByteBuffer.wrap(payload).getLong(0);
  }
}
