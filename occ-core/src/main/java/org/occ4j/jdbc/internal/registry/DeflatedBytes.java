/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.registry;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * Bytes compressed by Deflate (RFC 1951, in the zlib format of RFC 1950, which has a checksum),
 * after four bytes that say how long they were. That length is a limit for inflating, and has one
 * itself, so that a small row cannot fill the memory.
 */
final class DeflatedBytes {
  /** What is longer is not compressed, and what claims to have been longer is not inflated. */
  static final int LONGEST_BYTES = 16 * 1024 * 1024;

  private static final int LENGTH_BYTES = 4;

  private DeflatedBytes() {}

  /** The compressed form, or null if it would not be shorter. */
  static byte @Nullable [] deflate(byte[] plain) {
    if (plain.length > LONGEST_BYTES || plain.length <= LENGTH_BYTES) {
      return null;
    }
    // One byte less than the plain form: what does not fit is not worth it.
    byte[] deflated = new byte[plain.length - 1];
    ByteBuffer.wrap(deflated).putInt(plain.length);
    Deflater deflater = new Deflater(Deflater.BEST_SPEED);
    try {
      deflater.setInput(plain);
      deflater.finish();
      int length = deflater.deflate(deflated, LENGTH_BYTES, deflated.length - LENGTH_BYTES);
      return deflater.finished() ? Arrays.copyOf(deflated, LENGTH_BYTES + length) : null;
    } finally {
      deflater.end();
    }
  }

  /**
   * The plain form.
   *
   * @throws DataFormatException if that is not what these bytes are
   */
  static byte[] inflate(byte[] deflated) throws DataFormatException {
    if (deflated.length < LENGTH_BYTES) {
      throw new DataFormatException("too short");
    }
    int length = ByteBuffer.wrap(deflated).getInt();
    if (length < 0 || length > LONGEST_BYTES) {
      throw new DataFormatException("inflates to " + length + " bytes");
    }
    byte[] plain = new byte[length];
    Inflater inflater = new Inflater();
    try {
      inflater.setInput(deflated, LENGTH_BYTES, deflated.length - LENGTH_BYTES);
      int inflated = 0;
      int some;
      do {
        some = inflater.inflate(plain, inflated, length - inflated);
        inflated += some;
      } while (some > 0 && !inflater.finished());
      if (inflated != length || !inflater.finished()) {
        throw new DataFormatException("is not the " + length + " bytes that it says");
      }
      return plain;
    } finally {
      inflater.end();
    }
  }
}
