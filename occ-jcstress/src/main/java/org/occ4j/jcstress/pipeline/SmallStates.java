/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jcstress.pipeline;

import org.jspecify.annotations.Nullable;
import org.occ4j.jdbc.internal.pipeline.RacingStates;

/** As much of the carried rows as the races need: two keys that share a slot. */
interface SmallStates {
  String A = "a";
  String B = "b";

  /** The version of the row that is kept for the key. */
  @Nullable Long find(String key);

  /** Keeps a row of that version. */
  void keep(String key, long version);

  /** Drops what is kept for the key. */
  void drop(String key);

  /** The version that is kept for the key as a word. */
  default String word(String key) {
    Long version = find(key);
    return version == null ? "none" : version.toString();
  }

  /** The library's. */
  static SmallStates library() {
    RacingStates states = new RacingStates();
    return new SmallStates() {
      @Override
      public @Nullable Long find(String key) {
        return states.find(key);
      }

      @Override
      public void keep(String key, long version) {
        states.keep(key, version);
      }

      @Override
      public void drop(String key) {
        states.drop(key);
      }
    };
  }
}
