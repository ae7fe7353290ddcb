/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.registry;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;
import org.occ4j.Scope;
import org.occ4j.internal.LengthPrefixed;

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

  private static byte[] sha256(Scope scope) {
    return LengthPrefixed.sha256(
        new String[] {scope.tenant(), scope.principal(), scope.operation()});
  }
}
