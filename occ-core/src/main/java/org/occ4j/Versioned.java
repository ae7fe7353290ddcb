/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j;

import java.time.Instant;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A value together with the version under which a store holds it.
 *
 * <p>A version is a positive number that names one content of its key for ever (guarantee G2): two
 * states of one key are the same exactly when their versions are, also after the key was deleted
 * and created again, and after a database lost writes that it had acknowledged. While a key has a
 * state its version grows with every write. Versions of different keys say nothing about each
 * other. A version is exact in JSON: it stays below 2^53 until the year 2255. Over a table that the
 * application already had, versions are what that table holds, so a first version of zero can occur
 * there.
 *
 * <p>The record is immutable; whether {@code value} is, is the application's duty: stores in memory
 * hand out the instance that was put.
 *
 * @param value what is stored; never null
 * @param version the version of this state, zero or more
 * @param updatedAt when this state was written, by the clock of the store (the database's clock
 *     over JDBC), or null where the store does not record it; for people, not for decisions. In the
 *     library's own table it is the version as an instant
 * @param updatedBy who wrote this state, or null if the writer did not say
 */
public record Versioned<V>(
    V value, long version, @Nullable Instant updatedAt, @Nullable String updatedBy) {

  /** Refuses a null value and a negative version. */
  public Versioned {
    Objects.requireNonNull(value, "value");
    if (version < 0) {
      throw new IllegalArgumentException("version must not be negative: " + version);
    }
  }

  /**
   * The strong entity tag of this state (RFC 9110, section 8.8.3): the version in double quotes,
   * ready for an {@code ETag} header.
   */
  public String etag() {
    return "\"" + version + "\"";
  }

  /** The same version, time and writer with the value replaced by {@code function} of it. */
  public <W> Versioned<W> map(Function<? super V, ? extends W> function) {
    return new Versioned<>(function.apply(value), version, updatedAt, updatedBy);
  }
}
