/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.internal;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** Hashes of lists of texts. */
public final class LengthPrefixed {

  private LengthPrefixed() {}

  /**
   * SHA-256 over the parts, each with its length first and its characters as they are, and then the
   * numbers: no two lists of parts have the same bytes.
   */
  public static byte[] sha256(String[] parts, long... numbers) {
    int length = numbers.length * Long.BYTES;
    for (String part : parts) {
      length += Integer.BYTES + Character.BYTES * part.length();
    }
    ByteBuffer bytes = ByteBuffer.allocate(length);
    for (String part : parts) {
      bytes.putInt(part.length());
      for (int i = 0; i < part.length(); i++) {
        bytes.putChar(part.charAt(i));
      }
    }
    for (long number : numbers) {
      bytes.putLong(number);
    }
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes.array());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
