/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j;

import org.jspecify.annotations.Nullable;

/**
 * A piece of work that yields a value or fails with {@code E}.
 *
 * @param <T> what it yields
 * @param <E> what it may throw; inferred as {@link RuntimeException} for a body that throws nothing
 *     checked
 */
@FunctionalInterface
public interface ThrowingSupplier<T extends @Nullable Object, E extends Throwable> {

  /** Does the work. */
  T get() throws E;
}
