/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Objects;
import java.util.function.IntPredicate;

/**
 * A short stand-in for a payload, by which the same mutation id with another payload is noticed.
 *
 * <p>Compute it over canonical bytes: two spellings of one payload must have the same bytes. It
 * compares by value and is immutable.
 *
 * <p>It knows by which algorithm it was made, and so does what is stored of it. Two fingerprints of
 * different algorithms say nothing about their payloads, neither that these are the same nor that
 * they differ; so they are never compared.
 *
 * @param algorithm the name of the algorithm, {@code "sha256"} for {@link #of}; 1 to 20 lower-case
 *     letters, digits and hyphens, or empty for {@link #none()}
 * @param hex the digest of the payload, 16 to 32 bytes in lower-case hexadecimal digits, or empty
 *     for {@link #none()}
 */
public record Fingerprint(String algorithm, String hex) {

  private static final String SHA_256 = "sha256";
  private static final String KEY = "key";
  private static final int KEY_HEX_LENGTH = 32;
  private static final int SHA_256_HEX_LENGTH = 64;
  private static final int MAX_ALGORITHM_LENGTH = 20;
  private static final int MIN_HEX_LENGTH = 32;
  private static final int MAX_HEX_LENGTH = 64;
  private static final Fingerprint NONE = new Fingerprint("", "");

  /** Refuses anything but a name and a digest, or neither. */
  public Fingerprint {
    Objects.requireNonNull(algorithm, "algorithm");
    Objects.requireNonNull(hex, "hex");
    if (!algorithm.isEmpty() || !hex.isEmpty()) {
      if (!isAlgorithm(algorithm)) {
        throw new IllegalArgumentException(
            "the algorithm of a fingerprint is 1 to 20 lower-case letters, digits and hyphens");
      }
      if (!isDigest(hex)) {
        throw new IllegalArgumentException(
            "a fingerprint is 16 to 32 bytes in lower-case hexadecimal digits");
      }
    }
  }

  // By hand and not by a regular expression: one is made for each mutation.

  private static boolean isAlgorithm(String text) {
    return !text.isEmpty()
        && text.length() <= MAX_ALGORITHM_LENGTH
        && all(text, c -> isDigit(c) || (c >= 'a' && c <= 'z') || c == '-');
  }

  private static boolean isDigest(String text) {
    return text.length() >= MIN_HEX_LENGTH
        && text.length() <= MAX_HEX_LENGTH
        && text.length() % 2 == 0
        && all(text, c -> isDigit(c) || (c >= 'a' && c <= 'f'));
  }

  private static boolean all(String text, IntPredicate allowed) {
    for (int i = 0; i < text.length(); i++) {
      if (!allowed.test(text.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  private static boolean isDigit(int c) {
    return c >= '0' && c <= '9';
  }

  /** No fingerprint: payloads are not compared. */
  public static Fingerprint none() {
    return NONE;
  }

  /** The SHA-256 (FIPS 180-4) of these bytes. */
  public static Fingerprint of(byte[] canonicalPayload) {
    return new Fingerprint(SHA_256, sha256(canonicalPayload));
  }

  /**
   * This fingerprint together with what the mutation is about, as pipelines compare it: by it the
   * same id with another key is noticed, whatever of the payload the application has put in. Of
   * {@link #none()} it stands for the key alone, which says nothing of a payload.
   */
  public Fingerprint about(String store, String key) {
    byte[] all = String.join("\0", store, key, hex).getBytes(StandardCharsets.UTF_8);
    return hex.isEmpty()
        ? new Fingerprint(KEY, sha256(all).substring(0, KEY_HEX_LENGTH))
        : new Fingerprint(algorithm, sha256(all));
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /**
   * Reads what {@link #text()} wrote. 64 hexadecimal digits alone are a SHA-256, and nothing is
   * {@link #none()}.
   *
   * @throws IllegalArgumentException if {@code text} is anything else
   */
  public static Fingerprint parse(String text) {
    if (text.isEmpty()) {
      return NONE;
    }
    int colon = text.indexOf(':');
    if (colon >= 0) {
      byte[] digest = Base64.getUrlDecoder().decode(text.substring(colon + 1));
      return new Fingerprint(text.substring(0, colon), HexFormat.of().formatHex(digest));
    }
    if (text.length() != SHA_256_HEX_LENGTH) {
      throw new IllegalArgumentException("not a fingerprint: no algorithm before a colon");
    }
    return new Fingerprint(SHA_256, text);
  }

  /**
   * The algorithm, a colon, and the digest in Base64 (RFC 4648, section 5, without padding): at
   * most 64 characters; empty for {@link #none()}.
   */
  public String text() {
    return hex.isEmpty()
        ? ""
        : algorithm
            + ":"
            + Base64.getUrlEncoder().withoutPadding().encodeToString(HexFormat.of().parseHex(hex));
  }

  /**
   * Whether the two may stand for one payload: they are equal, or one of them stands for none.
   *
   * @throws CodecException if they are of different algorithms, so that nobody can tell
   */
  public boolean matches(Fingerprint other) {
    boolean oneIsOfAKey = algorithm.equals(KEY) != other.algorithm.equals(KEY);
    if (hex.isEmpty() || other.hex.isEmpty() || oneIsOfAKey) {
      return true;
    }
    if (!algorithm.equals(other.algorithm)) {
      throw new CodecException(
          ("a fingerprint by " + other.algorithm + " cannot be compared with one by " + algorithm),
          null);
    }
    return hex.equals(other.hex);
  }
}
