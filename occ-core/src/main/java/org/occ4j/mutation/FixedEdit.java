/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.mutation;

import org.jspecify.annotations.Nullable;

/** Stores a value, or deletes the key if it is null, whatever was there. */
record FixedEdit<V>(@Nullable V value) implements Edit<V> {

  @Override
  public @Nullable V apply(@Nullable V current) {
    return value;
  }

  @Override
  public boolean readsCurrent() {
    return false;
  }
}
