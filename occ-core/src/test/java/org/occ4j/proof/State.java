/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.proof;

import org.jspecify.annotations.Nullable;
import org.occ4j.Versioned;

/**
 * What a key holds: a value under a version, or nothing.
 *
 * @param value null if the key is absent
 * @param version 0 if the key is absent; {@link #UNSEEN} if nobody was ever told it
 */
record State(@Nullable String value, long version) {
  static final State ABSENT = new State(null, 0);

  /** The version of a write of unknown outcome that no answer shows. */
  static final long UNSEEN = -1;

  static State of(@Nullable Versioned<String> state) {
    return state == null ? ABSENT : new State(state.value(), state.version());
  }

  boolean isAbsent() {
    return value == null;
  }

  /** The name of the write that made it: what stands in front of its predecessor's name. */
  static String head(@Nullable String value) {
    return value == null ? "" : value.replaceAll("<.*", "");
  }

  /** The value that an edit makes of another one: its own name, and that of what it saw. */
  static String edited(String content, @Nullable String before) {
    return content + "<" + head(before);
  }
}
