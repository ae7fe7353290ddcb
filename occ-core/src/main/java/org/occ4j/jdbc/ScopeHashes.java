/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;
import org.occ4j.Scope;

/**
 * The bytes by which a scope stands in the keys of the mutation table. Those of some scopes are
 * kept: every statement names one, and a busy client sends many mutations under the same.
 */
final class ScopeHashes {

  /** A power of two; some 100 KiB at most beside the scopes' own text. */
  private static final int KEPT = 512;

  private static final AtomicReferenceArray<@Nullable Kept> SLOTS =
      new AtomicReferenceArray<>(KEPT);

  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  private record Kept(Scope scope, byte[] hash) {}

  private ScopeHashes() {}

  /** The hash of this scope; not to be changed. */
  static byte[] of(Scope scope) {
    int mixed = scope.hashCode() * 0x9E3779B9;
    int slot = mixed >>> (Integer.SIZE - Integer.numberOfTrailingZeros(KEPT));
    Kept kept = SLOTS.get(slot);
    if (kept == null || !kept.scope().equals(scope)) {
      kept = new Kept(scope, sha256(scope));
      SLOTS.set(slot, kept); // Whoever is last has the slot: nothing rests on what is in it.
    }
    return kept.hash();
  }

  /** SHA-256 over the parts with their lengths: no two scopes have the same bytes. */
  private static byte[] sha256(Scope scope) {
    String[] parts = {scope.tenant(), scope.principal(), scope.operation()};
    int length = 0;
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
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes.array());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
