/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Objects;

/**
 * A short stand-in for a payload, by which the same mutation id with another payload is noticed.
 *
 * <p>Compute it over canonical bytes: two spellings of one payload must have the same bytes. It
 * compares by value and is immutable.
 *
 * @param hex the SHA-256 (FIPS 180-4) of the payload in 64 lower-case hexadecimal digits, or empty
 *     for {@link #none()}
 */
public record Fingerprint(String hex) {

  private static final int HEX_LENGTH = 64;
  private static final Fingerprint NONE = new Fingerprint("");

  /** Refuses anything but 64 hexadecimal digits or nothing. */
  public Fingerprint {
    Objects.requireNonNull(hex, "hex");
    if (!hex.isEmpty() && (hex.length() != HEX_LENGTH || !hex.matches("[0-9a-f]+"))) {
      throw new IllegalArgumentException("a fingerprint is 64 lower-case hexadecimal digits");
    }
  }

  /** No fingerprint: payloads are not compared. */
  public static Fingerprint none() {
    return NONE;
  }

  /** The SHA-256 of these bytes. */
  public static Fingerprint of(byte[] canonicalPayload) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(canonicalPayload);
      return new Fingerprint(HexFormat.of().formatHex(digest));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /**
   * Whether the two may stand for one payload: they are equal, or one of them is {@link #none()}.
   */
  public boolean matches(Fingerprint other) {
    return hex.isEmpty() || other.hex.isEmpty() || hex.equals(other.hex);
  }
}
