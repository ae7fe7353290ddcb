/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jmh.pipeline;

import java.util.UUID;

/** Rows that are changed by mutations, each by one rival. Thread-safe. */
public interface Mutations extends AutoCloseable {
  /** Instead of a version: whatever is there may be changed. */
  long ANY = -1;

  /**
   * Makes a row whose count is zero.
   *
   * @return its version
   */
  long create(String key) throws Exception;

  /**
   * Adds one to the count of a row, once for each id.
   *
   * @param expected the version that the row must have, or {@link #ANY}
   * @return the version that this mutation gave to the row, also if it is sent again
   * @throws IllegalStateException if it was not applied
   */
  long apply(UUID id, String key, long expected) throws Exception;

  /** The count of a row. */
  long count(String key) throws Exception;

  @Override
  void close();
}
