/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc.internal.pipeline;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.occ4j.jdbc.internal.store.StoreDialect.Row;

/** Opens the carried rows to the races: one slot, so that keys meet, and a version for a row. */
public final class RacingStates {
  private final CarriedStates states = new CarriedStates(1);

  /** The version of the row that is kept for the key. */
  public @Nullable Long find(String key) {
    Row row = states.find(bytes(key));
    return row == null ? null : row.version();
  }

  /** Keeps a row of that version. */
  public void keep(String key, long version) {
    states.keep(bytes(key), new Row(key, version, null, null, new Object[0]));
  }

  /** Drops what is kept for the key. */
  public void drop(String key) {
    states.drop(bytes(key));
  }

  private static byte[] bytes(String key) {
    return key.getBytes(StandardCharsets.UTF_8);
  }
}
