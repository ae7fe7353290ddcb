/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j;

import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.UUID;
import org.occ4j.internal.LengthPrefixed;

/**
 * The name of one intended change: an id that the client draws once for a mutation and sends again
 * with every retry of it, within a {@link Scope}.
 *
 * <p>A new intention needs a new id, also when a conflict was merged and is sent again: that is
 * another payload.
 *
 * @param scope within what the id is unique
 * @param clientMutationId drawn by the client, at random
 */
public record MutationId(Scope scope, UUID clientMutationId) {

  private static final int TEXT_LENGTH = 36;

  /** Refuses null parts. */
  public MutationId {
    Objects.requireNonNull(scope, "scope");
    Objects.requireNonNull(clientMutationId, "clientMutationId");
  }

  /**
   * Reads an id from what a client sent: the canonical 36 characters of a UUID (RFC 9562), in
   * either case.
   *
   * @throws IllegalArgumentException if {@code text} is anything else; the message is fit to be
   *     shown to the client and does not repeat over-long input
   */
  public static MutationId parse(Scope scope, String text) {
    if (text.length() != TEXT_LENGTH) {
      throw new IllegalArgumentException(
          "a client mutation id is a UUID of 36 characters, not " + text.length());
    }
    try {
      UUID id = UUID.fromString(text);
      if (id.toString().equalsIgnoreCase(text)) {
        return new MutationId(scope, id);
      }
    } catch (IllegalArgumentException malformed) {
      throw new IllegalArgumentException("not a UUID: " + text, malformed);
    }
    // UUID.fromString also accepts groups of other lengths that fill up to 36 characters.
    throw new IllegalArgumentException("not a UUID: " + text);
  }

  /**
   * An id derived from this one for a purpose: the same for every retry, on every node and in every
   * release, and another one for another scope, id or purpose. For the idempotency key of a third
   * party, or the key of what a mutation creates.
   *
   * @return a version 8 UUID (RFC 9562): the first 122 free bits of the SHA-256 of all parts
   */
  public UUID derive(String purpose) {
    Objects.requireNonNull(purpose, "purpose");
    ByteBuffer digest = ByteBuffer.wrap(sha256(purpose));
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
