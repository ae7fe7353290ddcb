/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.client;

import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.occ4j.Expected;

/**
 * One mutation as it goes to the server. A resend is the same object: the same id never carries
 * another payload.
 *
 * @param clientMutationId drawn for this payload
 * @param key what it changes
 * @param expected the state from which it started: a version, or absence
 * @param base the value from which it started, or null if there was none
 * @param value what to store, or null to delete the key
 * @param supersedes the id of the conflicted mutation that this one replaces, or null
 * @param <K> the keys
 * @param <V> the values
 */
public record MutationRequest<K, V>(
    UUID clientMutationId,
    K key,
    Expected expected,
    @Nullable V base,
    @Nullable V value,
    @Nullable UUID supersedes) {

  /** Refuses nulls where none are meant. */
  public MutationRequest {
    Objects.requireNonNull(clientMutationId, "clientMutationId");
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(expected, "expected");
  }
}
