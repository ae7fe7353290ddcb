/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j;

import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.UUID;
import java.util.regex.Pattern;
import org.occ4j.internal.LengthPrefixed;

/**
 * The name of one intended change: an id that the client draws once for a mutation and sends again
 * with every retry of it, within a {@link Scope}.
 *
 * <p>A new intention needs a new id, also when a conflict was merged and is sent again: that is
 * another payload.
 *
 * @param scope within what the id is unique
 * @param clientMutationId drawn by the client, at random, or standing for a key of another form
 *     that it drew ({@link #parse})
 */
public record MutationId(Scope scope, UUID clientMutationId) {

  /** The longest text that is read as an id, in characters. */
  public static final int MAX_LENGTH = 255;

  private static final int MIN_LENGTH = 16;
  private static final int UUID_LENGTH = 36;

  /** Keeps the hashes of keys apart from other hashes; never changes. */
  private static final String OPAQUE_KEYS = "org.occ4j.MutationId";

  private static final String URN = "urn:uuid:";

  private static final Pattern HEX = Pattern.compile("[0-9A-Fa-f]{32}");
  private static final Pattern GROUPS = Pattern.compile("[^-]*+(?:-[^-]*+){4}");
  private static final Pattern DIGITS = Pattern.compile("[0-9]*+");

  /** Printable ASCII, without what is a quote in a header, and without braces around a UUID. */
  private static final Pattern OPAQUE = Pattern.compile("[ -~&&[^\"\\\\{}]]*+");

  /** Refuses null parts. */
  public MutationId {
    Objects.requireNonNull(scope, "scope");
    Objects.requireNonNull(clientMutationId, "clientMutationId");
  }

  /**
   * Reads an id from what a client sent:
   *
   * <ul>
   *   <li>a UUID (RFC 9562) in either case: its canonical 36 characters, the same after {@code
   *       urn:uuid:}, or its 32 hex digits alone. All spellings of one UUID are one id.
   *   <li>an opaque key of 16 to {@value #MAX_LENGTH} characters: a ULID, a nanoid, whatever the
   *       client draws. It stands for a UUID of version 8 made of its SHA-256, the same on every
   *       node and in every release. Keys are told apart by case; that two of them, or a key and a
   *       UUID, become one id is as likely as two random UUIDs being one.
   * </ul>
   *
   * @throws IllegalArgumentException if {@code text} is neither: shorter or longer; digits only, as
   *     browsers send them by themselves; other characters than printable ASCII, or a quote, a
   *     backslash or a brace; blank at an end; or a misspelled UUID (36 characters with four
   *     hyphens, or {@code urn:uuid:}). The message is fit to be shown to the client and does not
   *     repeat over-long input
   */
  public static MutationId parse(Scope scope, String text) {
    boolean urn = isUrn(text);
    String bare = urn ? text.substring(URN.length()) : text;
    if (bare.length() == UUID_LENGTH && (urn || GROUPS.matcher(bare).matches())) {
      return new MutationId(scope, canonical(bare));
    }
    return new MutationId(scope, HEX.matcher(text).matches() ? ofHex(text) : ofOpaque(text));
  }

  private static boolean isUrn(String text) {
    return text.regionMatches(true, 0, URN, 0, URN.length());
  }

  private static UUID canonical(String text) {
    try {
      UUID id = UUID.fromString(text);
      if (id.toString().equalsIgnoreCase(text)) {
        return id;
      }
    } catch (IllegalArgumentException malformed) {
      throw new IllegalArgumentException("not a UUID: " + text, malformed);
    }
    // UUID.fromString also accepts groups of other lengths that fill up to 36 characters.
    throw new IllegalArgumentException("not a UUID: " + text);
  }

  private static UUID ofHex(String text) {
    return new UUID(
        Long.parseUnsignedLong(text, 0, 16, 16), Long.parseUnsignedLong(text, 16, 32, 16));
  }

  private static UUID ofOpaque(String key) {
    if (key.length() < MIN_LENGTH || key.length() > MAX_LENGTH) {
      throw new IllegalArgumentException(
          "a client mutation id is a UUID, or a key of %d to %d characters, not of %d"
              .formatted(MIN_LENGTH, MAX_LENGTH, key.length()));
    }
    if (DIGITS.matcher(key).matches() || isUrn(key)) {
      throw new IllegalArgumentException(
          "a client mutation id is a UUID, or a key that is no misspelled UUID and not only digits");
    }
    if (!OPAQUE.matcher(key).matches() || !key.equals(key.strip())) {
      throw new IllegalArgumentException(
          "a client mutation id is a UUID, or a key of printable ASCII without quotes, backslashes,"
              + " braces, and blanks at its ends");
    }
    return version8(LengthPrefixed.sha256(new String[] {OPAQUE_KEYS, key}));
  }

  /**
   * What {@link org.occ4j.idempotency.EffectContext#downstreamKey} gives an effect of this mutation
   * for {@code step}: by it whoever settles an unresolved mutation asks the third party.
   */
  public UUID downstreamKey(String step) {
    return derive("downstream:" + step);
  }

  /**
   * An id derived from this one for a purpose: the same for every retry, on every node and in every
   * release, and another one for another scope, id or purpose. For the key of what a mutation
   * creates; not the same as {@link #downstreamKey} of the same text.
   *
   * @return a version 8 UUID (RFC 9562): the first 122 free bits of the SHA-256 of all parts
   */
  public UUID derive(String purpose) {
    Objects.requireNonNull(purpose, "purpose");
    return version8(sha256(purpose));
  }

  private static UUID version8(byte[] sha256) {
    ByteBuffer digest = ByteBuffer.wrap(sha256);
    long high = (digest.getLong() & ~0xF000L) | 0x8000L;
    long low = (digest.getLong() & ~(0b11L << 62)) | (0b10L << 62);
    return new UUID(high, low);
  }

  private byte[] sha256(String purpose) {
    return LengthPrefixed.sha256(
        new String[] {scope.tenant(), scope.principal(), scope.operation(), purpose},
        clientMutationId.getMostSignificantBits(),
        clientMutationId.getLeastSignificantBits());
  }
}
