/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.lease;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import org.occ4j.KeyCodec;

/**
 * The key of a lease row: the encoded key, compared byte by byte on every engine.
 *
 * <p>An over-long key keeps as much of its beginning as fits, for people who look into the table,
 * and is told apart by the SHA-256 of the whole. The mark before the digest cannot make a short key
 * collide with a long one: a key that has it is as long as only hashed ones are.
 */
public final class LeaseKey implements Comparable<LeaseKey> {
  private static final int DIGEST_DIGITS = 64;
  private static final byte MARK = '#';

  private final byte[] bytes;

  private LeaseKey(byte[] bytes) {
    this.bytes = bytes;
  }

  static LeaseKey of(byte[] encoded) {
    // One byte less than the column holds: the full length is for hashed keys alone.
    return new LeaseKey(encoded.length < KeyCodec.MAX_BYTES ? encoded : hashed(encoded));
  }

  /** The key of a row that was read. */
  static LeaseKey stored(byte[] bytes) {
    return new LeaseKey(bytes);
  }

  /** Whether the bytes are those of a key too long for the column, cut and hashed. */
  public boolean isHashed() {
    return bytes.length == KeyCodec.MAX_BYTES;
  }

  /** A hashed key for people: its beginning, as far as it is text, and the digest. */
  public String hashedText() {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** The bytes as they are stored; not to be changed. */
  public byte[] bytes() {
    return bytes;
  }

  private static byte[] hashed(byte[] encoded) {
    byte[] digest = HexFormat.of().formatHex(sha256(encoded)).getBytes(StandardCharsets.US_ASCII);
    int prefix = KeyCodec.MAX_BYTES - DIGEST_DIGITS - 1;
    byte[] key = Arrays.copyOf(encoded, KeyCodec.MAX_BYTES);
    key[prefix] = MARK;
    System.arraycopy(digest, 0, key, prefix + 1, DIGEST_DIGITS);
    return key;
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException everyJdkHasIt) {
      throw new AssertionError(everyJdkHasIt);
    }
  }

  /** The order in which several rows are locked, so that transactions do not deadlock. */
  @Override
  public int compareTo(LeaseKey other) {
    return Arrays.compareUnsigned(bytes, other.bytes);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof LeaseKey key && Arrays.equals(bytes, key.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }
}
