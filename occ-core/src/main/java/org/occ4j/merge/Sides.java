/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.merge;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One field, or one value, as the three sides have it. */
record Sides(@Nullable Object base, @Nullable Object mine, @Nullable Object theirs) {

  boolean mineIsUntouched() {
    return Canonical.same(mine, base);
  }

  boolean theirsIsUntouched() {
    return Canonical.same(theirs, base);
  }

  boolean agree() {
    return Canonical.same(mine, theirs);
  }

  /** Whether the order of elements means something here; in a set it is an accident. */
  boolean areOrdered() {
    return !(mine instanceof Set) && !(theirs instanceof Set);
  }

  /** Theirs first: where only order tells fields apart, the server's is the one that stays. */
  List<?> inOrder() {
    return Arrays.asList(theirs, mine, base);
  }

  Sides field(Fields fields, String name) {
    return new Sides(fields.get(base, name), fields.get(mine, name), fields.get(theirs, name));
  }

  FieldChange change(Path path) {
    return new FieldChange(path.shown(), orNull(base), orNull(theirs), orNull(mine));
  }

  private static @Nullable Object orNull(@Nullable Object value) {
    return value == Absent.ABSENT ? null : value;
  }
}
